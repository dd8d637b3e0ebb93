/** Draws the pictures in app/samples: `node draw-samples.ts`. They are our own, and free to use for anything. */
import { join } from 'node:path'
import sharp from 'sharp'

const SIDE = 224

/** Shapes on a grid of 28×28, as the pictures of the set are: grey on white, shoes with the toe to the left. */
const drawings: Readonly<Record<string, string>> = {
  't-shirt': `
    <path fill="#4a4a4a" d="M10 3 Q14 6 18 3 L22 4.5 L26.5 10 L23 13 L20.5 10.5 L21 26 L7 26 L7.5 10.5 L5 13 L1.5 10 L6 4.5 Z"/>
    <path fill="none" stroke="#333" stroke-width=".5" d="M10 3 Q14 7.5 18 3"/>`,
  trouser: `
    <path fill="#3f3f3f" d="M9 1 L19 1 L20.5 27 L15.5 27 L14 8 L12.5 27 L7.5 27 Z"/>
    <path fill="#2c2c2c" d="M9 1 L19 1 L19.1 2.8 L8.9 2.8 Z"/>`,
  pullover: `
    <path fill="#505050" d="M10 2.5 Q14 4.5 18 2.5 L22 4 Q25 12 26.5 25 L22.5 25.5 L20.5 13 L20.5 25.5 L7.5 25.5 L7.5 13 L5.5 25.5 L1.5 25 Q3 12 6 4 Z"/>
    <path fill="#3a3a3a" d="M7.5 23.5 L20.5 23.5 L20.5 25.5 L7.5 25.5 Z"/>`,
  dress: `
    <path fill="#454545" d="M11 1 L12.5 1 Q14 4 15.5 1 L17 1 L17.5 6 L16.5 11 L20 27 L8 27 L11.5 11 L10.5 6 Z"/>`,
  coat: `
    <path fill="#3d3d3d" d="M10.5 1.5 L17.5 1.5 L21.5 3.5 Q24.5 12 25.5 24 L22 24.5 L20.5 12 L21 27 L7 27 L7.5 12 L6 24.5 L2.5 24 Q3.5 12 6.5 3.5 Z"/>
    <path fill="none" stroke="#bbb" stroke-width=".6" d="M14 6 L14 27 M10.5 1.5 L14 7 L17.5 1.5"/>`,
  sandal: `
    <path fill="#333" d="M1.5 20 Q8 18 15 18.5 Q21 17 26.5 12 L27 14 L26 22 L24.5 22 L24 17 Q19 21 12 21.5 Q5 22 1.5 21.3 Z"/>
    <path fill="none" stroke="#555" stroke-width="1.1" d="M4 20 Q6 14.5 10 19 M9 19 Q12 11 16 18.5 M17 18 Q20 9 25.5 12.5"/>`,
  shirt: `
    <path fill="#888" d="M10.5 2 L17.5 2 L21.5 4 Q24.5 12 25.5 22 L22.5 23 L20 12 L20.5 26 L7.5 26 L8 12 L5.5 23 L2.5 22 Q3.5 12 6.5 4 Z"/>
    <path fill="none" stroke="#222" stroke-width=".5" d="M14 6 V26"/>
    <path fill="#fff" d="M12.3 2 L14 6 L15.7 2 Z"/>
    <path fill="#333" d="M10.5 2 L12.3 2 L14 6 L12 6.5 Z M17.5 2 L15.7 2 L14 6 L16 6.5 Z"/>`,
  sneaker: `
    <path fill="#4c4c4c" d="M1 18 Q3 16 8 15.5 L14 11.5 Q16 11 17.5 12.5 Q22 14 25.5 11.5 Q27 15 26.8 19.5 L1 19.5 Z"/>
    <path fill="#222" d="M1 19.5 L26.8 19.5 L26.5 21.5 Q13 22 1.5 21.3 Z"/>
    <path fill="none" stroke="#ddd" stroke-width=".5" d="M9.5 15 L11.5 17 M11.5 13.7 L13.5 15.7 M13.5 12.5 L15.5 14.5"/>`,
  bag: `
    <path fill="none" stroke="#333" stroke-width="1.3" d="M8 13 Q8 3 14 3 Q20 3 20 13"/>
    <path fill="#454545" d="M3.5 11 L24.5 11 L26 25 L2 25 Z"/>
    <path fill="#333" d="M3.5 11 L24.5 11 L24.8 14 L3.2 14 Z"/>`,
  'ankle-boot': `
    <path fill="#404040" d="M15 3 L25 3.5 Q24.5 10 26.5 16 L26.5 21 L1.5 21 Q1 17.5 5 16 Q12 14.5 14.5 10 Z"/>
    <path fill="#1e1e1e" d="M1.5 21 L26.5 21 L26.5 25 L20.5 25 L19.5 22.8 L2 22.8 Z"/>`,
}

const folder = join(import.meta.dirname, 'app', 'samples')
for (const [name, shapes] of Object.entries(drawings)) {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 28 28"><path fill="#fff" d="M0 0H28V28H0Z"/>${shapes}</svg>`
  await sharp(Buffer.from(svg), { density: 600 })
    .resize(SIDE, SIDE)
    .flatten()
    .toColourspace('b-w')
    .png({ compressionLevel: 9 })
    .toFile(join(folder, `${name}.png`))
}
