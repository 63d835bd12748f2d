/**
 * Which addresses are public: those that anybody on the Internet can reach anyway. All others lead into somebody's own network,
 * to services of a cloud provider, or back to this machine.
 */
import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/** IANA's registry of special-purpose IPv4 addresses, and multicast. */
const SPECIAL_V4 = subnets('ipv4', [
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private
  '100.64.0.0/10', // shared by providers' networks
  '127.0.0.0/8', // this machine
  '169.254.0.0/16', // link-local: metadata of cloud machines
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // relays of 6to4
  '192.168.0.0/16', // private
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, broadcast
]);
/** All that is public in IPv6. Outside of it are loopback, mapped and compatible IPv4, NAT64, unique local, link-local, multicast. */
const GLOBAL_V6 = subnets('ipv6', ['2000::/3']);
const SPECIAL_V6 = subnets('ipv6', [
  '2001::/23', // protocol assignments: Teredo, which carries IPv4, among them
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4, which carries IPv4
  '3fff::/20', // documentation
]);

function subnets(family: 'ipv4' | 'ipv6', list: readonly string[]): BlockList {
  const found = new BlockList();
  for (const subnet of list) {
    const [address = '', prefix] = subnet.split('/');
    found.addSubnet(address, Number(prefix), family);
  }
  return found;
}

/** @param address IPv4 or IPv6 in any notation that `net.isIP` takes */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !SPECIAL_V4.check(address, 'ipv4') && !isOwnAddress(address);
  // An address with a zone is link-local, whatever else it says.
  if (family !== 6 || address.includes('%')) return false;
  return GLOBAL_V6.check(address, 'ipv6') && !SPECIAL_V6.check(address, 'ipv6') && !isOwnAddress(address);
}

/** A public address may be this machine's own: behind it are services that think nobody else can reach them. */
function isOwnAddress(address: string): boolean {
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
  const own = new BlockList();
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { address: local, family: of } of addresses ?? []) {
      if (!local.includes('%')) own.addAddress(local, of === 'IPv4' ? 'ipv4' : 'ipv6');
    }
  }
  return own.check(address, family);
}
