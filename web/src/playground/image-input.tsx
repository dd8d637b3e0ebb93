/** An image for a model: chosen, dropped or drawn. */
import { FileButton, Button, Group, Image, Stack, Tabs, Text } from '@mantine/core'
import { type ReactNode, useEffect, useState } from 'react'
import type { ModelInput } from '../api/serving.ts'
import { strings } from '../strings.ts'
import { DrawPad } from './draw-pad.tsx'

const text = strings.playground

interface ImageInputProps {
  readonly input: Extract<ModelInput, { type: 'image' }>
  readonly isAsking: boolean
  readonly onAsk: (image: File) => void
}

export function ImageInput({ input, isAsking, onAsk }: ImageInputProps): ReactNode {
  const [channels = 1, height = 1, width = 1] = input.shape
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {text.image(height, width, channels)}
      </Text>
      <Tabs defaultValue="file">
        <Tabs.List>
          <Tabs.Tab value="file">{text.choose}</Tabs.Tab>
          <Tabs.Tab value="draw">{text.draw}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="file" pt="sm">
          <FileChoice isAsking={isAsking} onAsk={onAsk} />
        </Tabs.Panel>
        <Tabs.Panel value="draw" pt="sm">
          <DrawPad height={height} width={width} onDraw={onAsk} />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  )
}

function FileChoice({ isAsking, onAsk }: Pick<ImageInputProps, 'isAsking' | 'onAsk'>): ReactNode {
  const [file, setFile] = useState<File>()
  const [isOver, setOver] = useState(false)
  const address = useObjectAddress(file)
  const choose = (chosen: File | null | undefined): void => {
    if (chosen === null || chosen === undefined) return
    setFile(chosen)
    onAsk(chosen)
  }
  return (
    <Stack
      gap="sm"
      p="md"
      align="flex-start"
      style={{
        border: `1px dashed var(--mantine-color-${isOver ? 'blue-filled' : 'default-border'})`,
        borderRadius: 8,
        minHeight: 224,
      }}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        choose(event.dataTransfer.files[0])
      }}
    >
      <Group gap="sm">
        <FileButton accept="image/*" onChange={choose}>
          {(props) => (
            <Button {...props} loading={isAsking}>
              {text.choose}
            </Button>
          )}
        </FileButton>
        <Text size="sm" c="dimmed">
          {text.drop}
        </Text>
      </Group>
      {address !== undefined && (
        <Image src={address} alt={text.chosen} h={144} w="auto" style={{ imageRendering: 'pixelated' }} />
      )}
    </Stack>
  )
}

function useObjectAddress(file: File | undefined): string | undefined {
  const [address, setAddress] = useState<string>()
  useEffect(() => {
    if (file === undefined) return
    const made = URL.createObjectURL(file)
    setAddress(made)
    return () => URL.revokeObjectURL(made)
  }, [file])
  return address
}
