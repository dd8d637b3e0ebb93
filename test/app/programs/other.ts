/** No flow: whoever loads it is gone. */
export default process.exit(9)
