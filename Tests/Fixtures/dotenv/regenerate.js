// Writes cases.json: what Node's dotenv, the oracle, reads from our samples.
// Usage: node regenerate.js PATH/TO/dotenv/lib/main.js
const fs = require('fs')
const path = require('path')
const dotenv = require(path.resolve(process.argv[2]))

const written = [
  'A=1', 'A=', 'A = spaced out  ', '  A=indented', 'A=1\nB=2\nA=3', '\n\n A=1\n\n\nB=2', 'A', 'A B', '=x', '',
  'export A=1', 'export   A = 1', 'export=1', 'export =1', 'export: 1', 'export A', 'export\nA=1', 'exportA=1',
  'A: 1', 'A:1', 'A :1', 'A : 1', 'A:\nB=2', 'A: # c', 'A:', 'A:\n',
  'A=1 # comment', 'A=1#comment', 'A=#comment', 'A= # comment', '# A=1\nB=2', '#A=1', '  # A=1',
  "A='single'", 'A="double"', 'A=`back`', "A=' kept '", 'A=" kept "', "A=''", 'A=""', 'A=``', 'A= "x" ',
  "A='x' # c", 'A="x"#c', "A='x' y", "A='x' 'y'", "A='x'y'", 'A="x', "A='", 'A="', 'A="x\\n', "A='x#y'", 'A="x # y" # z',
  'A="a\\nb"', "A='a\\nb'", 'A=a\\nb', 'A=`a\\nb`', 'A="a\\rb"', 'A="a\\tb"', 'A="a\\\\nb"', 'A="a\\"b"', "A='a\\'b'",
  'A="a\\"', "A='a\\' # c\nB='x'", 'A="line one\nline two"\nB=2', "A='one\n\ntwo' # c\nB=2", 'A=`one\r\ntwo`\r\nB=2',
  'A="open\nB="x"', "A='open\nB=2\nC='x'", 'A=\n"next line"', 'A\n=1', 'A=\n\nB=2', 'A=\n# c\nB=2',
  'A=1\r\nB=2\r\n', 'A=1\rB=2', 'A="x"\r\nB=\r\nC=3', '\ufeffA=1\nB=2', '\ufeff# c\nA=1',
  'A=$B', 'A=${B}', 'A=a=b==', 'A={"x": "y"}', 'a.b-c_1=x', '1=x', 'Ä=x', 'A=Grüße 🧍', 'A=\u00a0x\u00a0', 'A="🧍\\n"',
  'MYSQL_PASSWORD="p#ss w\'rd" # quoted', 'CRON_SCHEDULE=59 23 * * *', 'CRON_SCHEDULE="59 23 * * *"',
  'MONGODB_URI=mongodb://u:p%23@h:27017/db?a=b&c=d', 'FROM_EMAIL="Pose" <a@example.org>', "FROM_EMAIL='Pose' <a@b.c>",
]

const pieces = ['A', 'B', 'export', '=', '=', ':', ' ', '\n', '\n', '\r\n', '#', "'", '"', '`', '\\', 'n', 'r', '\\n', '\\"',
  "\\'", 'x', '.', '-', '\t', 'é', '\u2028']
let seed = 20251210
const random = (limit) => {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff
  return (seed >> 8) % limit
}
const made = Array.from({ length: 600 }, () =>
  Array.from({ length: 2 + random(22) }, () => pieces[random(pieces.length)]).join(''))
const entries = Array.from({ length: 300 }, () =>
  'K=' + Array.from({ length: 1 + random(14) }, () => pieces[random(pieces.length)]).join('') + '\nL="z"')

const cases = [...written, ...made, ...entries].map((text) => ({ text, values: dotenv.parse(text) }))
fs.writeFileSync(path.join(__dirname, 'cases.json'), '[\n' + cases.map((c) => JSON.stringify(c)).join(',\n') + '\n]\n')
console.log(`${cases.length} cases, ${cases.filter((c) => Object.keys(c.values).length).length} with values`)
