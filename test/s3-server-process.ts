/** The process of test/s3-server.ts. */
import S3rver from 's3rver'

const [, , directory = ''] = process.argv
const server = new S3rver({
  port: 0,
  address: '127.0.0.1',
  silent: true,
  directory,
  configureBuckets: [{ name: 'models', configs: [] }],
})
const { port } = await server.run()
process.send?.(port)
process.on('disconnect', () => process.exit(0))
