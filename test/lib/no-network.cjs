// Preloaded into a process that must get along without a network: any connection ends it.
const net = require('node:net');
const dns = require('node:dns');

const refuse = () => {
  process.stderr.write('a connection was tried\n');
  process.exit(99);
};
net.Socket.prototype.connect = refuse;
dns.lookup = refuse;
