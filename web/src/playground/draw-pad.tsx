/** Draws an image for a model: white on black, at the model's own size. */
import { Button, Group, Stack, Text } from '@mantine/core'
import { type PointerEvent, type ReactNode, useEffect, useRef } from 'react'
import { strings } from '../strings.ts'

const text = strings.playground
const padHeight = 224

interface DrawPadProps {
  /** Pixels of the model's images. */
  readonly height: number
  readonly width: number
  /** Called with a PNG of the model's size after each stroke. */
  readonly onDraw: (image: File) => void
}

export function DrawPad({ height, width, onDraw }: DrawPadProps): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null)
  const padWidth = Math.round((padHeight * width) / height)
  const clear = (): void => {
    const context = canvas.current?.getContext('2d')
    context?.fillRect(0, 0, padWidth, padHeight)
  }
  useEffect(clear, [padWidth])
  const draw = (event: PointerEvent<HTMLCanvasElement>): void => {
    if (event.buttons === 0) return
    const { nativeEvent, currentTarget, movementX, movementY } = event
    const context = currentTarget.getContext('2d')!
    Object.assign(context, { strokeStyle: 'white', lineWidth: padHeight / 12, lineCap: 'round' })
    context.beginPath()
    context.moveTo(nativeEvent.offsetX - movementX, nativeEvent.offsetY - movementY)
    context.lineTo(nativeEvent.offsetX, nativeEvent.offsetY)
    context.stroke()
  }
  const finish = async (): Promise<void> => {
    if (canvas.current === null) return
    const small = new OffscreenCanvas(width, height)
    const context = small.getContext('2d')!
    context.imageSmoothingQuality = 'high'
    context.drawImage(canvas.current, 0, 0, width, height)
    onDraw(new File([await small.convertToBlob()], 'drawn.png', { type: 'image/png' }))
  }
  return (
    <Stack gap="xs" align="flex-start">
      <canvas
        ref={canvas}
        width={padWidth}
        height={padHeight}
        role="img"
        aria-label={text.drawHint}
        style={{ touchAction: 'none', cursor: 'crosshair', borderRadius: 8 }}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId)
          draw(event)
        }}
        onPointerMove={draw}
        onPointerUp={() => void finish()}
      />
      <Group gap="sm">
        <Button size="xs" variant="default" onClick={clear}>
          {text.clear}
        </Button>
        <Text size="xs" c="dimmed">
          {text.drawHint}
        </Text>
      </Group>
    </Stack>
  )
}
