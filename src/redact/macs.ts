/** Link-layer addresses, replaced in the order in which they are met. */

const LEFT = new Set(['00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff', 'ee:ee:ee:ee:ee:ee']);
/** VRRP's virtual routers (RFC 5798 7.3). */
const VRRP = /^00:00:5e:00:0[12]:/;

/** The number as two octets. */
const octets = (n: number): string =>
  `${(n >>> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`;

export class Macs {
  readonly #images = new Map<string, string>();
  #next = 1;

  /** `real`: all addresses that will be met, in lower case with colons; none of them is given as an image. */
  constructor(private readonly real: ReadonlySet<string>) {}

  /**
   * The image of a MAC address (lower case, colons). Zero, broadcast, multicast, VRRP's and Calico's `ee:ee:ee:ee:ee:ee` stay, but for
   * a multicast address that is made of a unicast one (33:33:ff, RFC 2464 7). The bit that tells locally administered addresses stays.
   */
  of(mac: string): string {
    if (LEFT.has(mac) || VRRP.test(mac)) return mac;
    const first = Number.parseInt(mac.slice(0, 2), 16);
    const solicited = mac.startsWith('33:33:ff:');
    if ((first & 1) === 1 && !solicited) return mac;
    const known = this.#images.get(mac);
    if (known !== undefined) return known;
    const start = solicited ? '33:33:ff:00' : (first & 2) === 2 ? '02:00:00:00' : '00:00:5e:10';
    let image: string;
    do image = `${start}:${octets(this.#next++)}`;
    while (this.real.has(image));
    this.#images.set(mac, image);
    return image;
  }
}
