// The globals and modules that an Action finds, as Node 22 has them (contract 4 §1), in as much as
// Actions use them. What is here serves the script and nobody else: a script that breaks an
// intrinsic under it has broken its own tools.
(function (host) {
  'use strict';

  // --- Bytes: the host's are strings of one character each ----------------------------------

  const encoder = new TextEncoder();
  const decoder = new TextDecoder('utf-8', {ignoreBOM: true});
  const {fromCharCode} = String;

  function toLatin1(bytes) {
    let out = '';
    for (let i = 0; i < bytes.length; i++) out += fromCharCode(bytes[i]);
    return out;
  }

  function fromLatin1(string) {
    const bytes = new Uint8Array(string.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = string.charCodeAt(i);
    return bytes;
  }

  /** Text to a string of its UTF-8 bytes. */
  const fromText = text => toLatin1(encoder.encode(text));
  const toText = latin1 => decoder.decode(fromLatin1(latin1));

  const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const SEXTETS = {__proto__: null, '-': 62, '_': 63};
  for (let i = 0; i < 64; i++) SEXTETS[ALPHABET[i]] = i;

  function base64(latin1) {
    let out = '';
    for (let i = 0; i < latin1.length; i += 3) {
      const left = latin1.length - i;
      const bits = latin1.charCodeAt(i) << 16 | (left > 1 ? latin1.charCodeAt(i + 1) << 8 : 0) | (left > 2 ? latin1.charCodeAt(i + 2) : 0);
      out += ALPHABET[bits >> 18] + ALPHABET[bits >> 12 & 63] + (left > 1 ? ALPHABET[bits >> 6 & 63] : '=') + (left > 2 ? ALPHABET[bits & 63] : '=');
    }
    return out;
  }

  const base64url = latin1 => base64(latin1).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

  /** Takes both alphabets, skips what is in neither and ends at padding, as Buffer does. */
  function decodeBase64(text) {
    let out = '';
    let bits = 0;
    let count = 0;
    for (let i = 0; i < text.length && text[i] !== '='; i++) {
      const sextet = SEXTETS[text[i]];
      if (sextet === undefined) continue;
      bits = (bits << 6 | sextet) & 0xffffff;
      count += 6;
      if (count >= 8) {
        count -= 8;
        out += fromCharCode(bits >> count & 255);
      }
    }
    return out;
  }

  const toHex = latin1 => {
    let out = '';
    for (let i = 0; i < latin1.length; i++) out += latin1.charCodeAt(i).toString(16).padStart(2, '0');
    return out;
  };

  function fromHex(text) {
    let out = '';
    for (let i = 0; i + 1 < text.length && /^[0-9a-fA-F]{2}$/.test(text.slice(i, i + 2)); i += 2) {
      out += fromCharCode(parseInt(text.slice(i, i + 2), 16));
    }
    return out;
  }

  /** In time that depends on the lengths only. */
  function equal(a, b) {
    let difference = a.length ^ b.length;
    for (let i = 0; i < a.length && i < b.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
    return difference === 0;
  }

  const named = (name, message) => Object.assign(new Error(message), {name});

  function btoa(text) {
    const latin1 = String(text);
    if (/[^\u0000-\u00ff]/.test(latin1)) throw named('InvalidCharacterError', 'Invalid character');
    return base64(latin1);
  }

  function atob(text) {
    let data = String(text).replace(/[\t\n\f\r ]/g, '');
    if (data.length % 4 === 0) data = data.replace(/={1,2}$/, '');
    if (data.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(data)) {
      throw named('InvalidCharacterError', 'The string to be decoded is not correctly encoded.');
    }
    return decodeBase64(data);
  }

  // --- Buffer -------------------------------------------------------------------------------

  const CODECS = {
    __proto__: null,
    utf8: [fromText, toText],
    hex: [fromHex, toHex],
    base64: [decodeBase64, base64],
    base64url: [decodeBase64, base64url],
    latin1: [text => text.replace(/[^\u0000-\u00ff]/g, it => fromCharCode(it.charCodeAt(0) & 255)), latin1 => latin1],
    ascii: [text => text.replace(/[^\u0000-\u00ff]/g, it => fromCharCode(it.charCodeAt(0) & 255)), latin1 => latin1.replace(/[\u0080-\u00ff]/g, it => fromCharCode(it.charCodeAt(0) & 127))],
  };
  CODECS['utf-8'] = CODECS.utf8;
  CODECS.binary = CODECS.latin1;

  function codec(encoding = 'utf8') {
    const found = CODECS[String(encoding).toLowerCase()];
    if (!found) throw new TypeError(`Unknown encoding: ${encoding}`);
    return found;
  }

  class Buffer extends Uint8Array {
    static from(value, encodingOrOffset, length) {
      if (typeof value === 'string') {
        const latin1 = codec(encodingOrOffset)[0](value);
        const buffer = new Buffer(latin1.length);
        for (let i = 0; i < latin1.length; i++) buffer[i] = latin1.charCodeAt(i);
        return buffer;
      }
      if (value instanceof ArrayBuffer) return new Buffer(value, encodingOrOffset, length);
      if (value === null || typeof value !== 'object') throw new TypeError('Buffer.from takes a string, an array or a buffer');
      if (value.type === 'Buffer' && Array.isArray(value.data)) return Buffer.from(value.data);
      const buffer = new Buffer(value.length >>> 0);
      for (let i = 0; i < buffer.length; i++) buffer[i] = value[i];
      return buffer;
    }
    static alloc(size, fill, encoding) {
      const buffer = new Buffer(size);
      if (typeof fill === 'number') buffer.fill(fill);
      if (typeof fill === 'string') {
        const pattern = Buffer.from(fill, encoding);
        for (let i = 0; pattern.length > 0 && i < size; i++) buffer[i] = pattern[i % pattern.length];
      }
      return buffer;
    }
    static allocUnsafe(size) {
      return new Buffer(size);
    }
    static isBuffer(value) {
      return value instanceof Buffer;
    }
    static isEncoding(encoding) {
      return CODECS[String(encoding).toLowerCase()] !== undefined;
    }
    static byteLength(value, encoding) {
      return typeof value === 'string' ? codec(encoding)[0](value).length : value.byteLength;
    }
    static concat(list, total = list.reduce((sum, it) => sum + it.length, 0)) {
      const out = new Buffer(total);
      let at = 0;
      for (const part of list) {
        for (let i = 0; i < part.length && at < total; i++) out[at++] = part[i];
      }
      return out;
    }
    static compare(a, b) {
      const x = toLatin1(a);
      const y = toLatin1(b);
      return x < y ? -1 : x > y ? 1 : 0;
    }
    toString(encoding, start = 0, end = this.length) {
      return codec(encoding)[1](toLatin1(this.subarray(start, Math.max(start, end))));
    }
    toJSON() {
      return {type: 'Buffer', data: Array.from(this)};
    }
    equals(other) {
      if (!(other instanceof Uint8Array)) throw new TypeError('Buffer.equals takes a Buffer or Uint8Array');
      return toLatin1(this) === toLatin1(other);
    }
    compare(other) {
      return Buffer.compare(this, other);
    }
    /** A view, as Node's is; Uint8Array's own copies. */
    slice(start, end) {
      return this.subarray(start, end);
    }
  }

  /** Whatever Node calls data: text, or bytes in any view. */
  function latin1Of(data, encoding) {
    if (typeof data === 'string') return codec(encoding)[0](data);
    if (data instanceof ArrayBuffer) return toLatin1(new Uint8Array(data));
    if (ArrayBuffer.isView(data)) return toLatin1(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    throw new TypeError('The data must be a string, a Buffer or a typed array');
  }

  // --- URLSearchParams (https://url.spec.whatwg.org/#interface-urlsearchparams) --------------

  const formEncode = text => percentEncode(String(text), /[^A-Za-z0-9*\-._ ]/u).replaceAll(' ', '+');
  const formDecode = text => percentDecode(text.replaceAll('+', ' '));

  class URLSearchParams {
    #list = [];
    #changed = () => {};

    constructor(init = '') {
      if (typeof init === 'object' && init !== null) {
        if (typeof init[Symbol.iterator] === 'function') {
          for (const pair of init) {
            const [name, value, ...rest] = pair;
            if (value === undefined || rest.length > 0) throw new TypeError('Each query pair must be a name and a value');
            this.#list.push([toUsv(name), toUsv(value)]);
          }
        } else {
          for (const name of Object.keys(init)) this.#list.push([toUsv(name), toUsv(init[name])]);
        }
      } else {
        this.#parse(String(init).replace(/^\?/, ''));
      }
    }

    /** Those of a URL, which follows their changes. */
    static of(query, changed) {
      const params = new URLSearchParams(query);
      params.#changed = changed;
      return params;
    }
    static replace(params, query) {
      params.#list = [];
      params.#parse(query);
    }
    #parse(query) {
      for (const part of query.split('&')) {
        if (part === '') continue;
        const at = part.indexOf('=');
        this.#list.push(at < 0 ? [formDecode(part), ''] : [formDecode(part.slice(0, at)), formDecode(part.slice(at + 1))]);
      }
    }
    get size() {
      return this.#list.length;
    }
    append(name, value) {
      this.#list.push([toUsv(name), toUsv(value)]);
      this.#changed(this);
    }
    delete(name, value) {
      this.#list = this.#list.filter(it => it[0] !== String(name) || (value !== undefined && it[1] !== String(value)));
      this.#changed(this);
    }
    get(name) {
      return this.#list.find(it => it[0] === String(name))?.[1] ?? null;
    }
    getAll(name) {
      return this.#list.filter(it => it[0] === String(name)).map(it => it[1]);
    }
    has(name, value) {
      return this.#list.some(it => it[0] === String(name) && (value === undefined || it[1] === String(value)));
    }
    set(name, value) {
      const at = this.#list.findIndex(it => it[0] === String(name));
      if (at < 0) return this.append(name, value);
      this.#list = this.#list.filter((it, i) => i <= at || it[0] !== String(name));
      this.#list[at] = [String(name), toUsv(value)];
      this.#changed(this);
    }
    sort() {
      this.#list.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
      this.#changed(this);
    }
    forEach(callback, self) {
      for (const [name, value] of this.#list) callback.call(self, value, name, this);
    }
    *entries() {
      for (const [name, value] of this.#list) yield [name, value];
    }
    *keys() {
      for (const [name] of this.#list) yield name;
    }
    *values() {
      for (const [, value] of this.#list) yield value;
    }
    [Symbol.iterator]() {
      return this.entries();
    }
    toString() {
      return this.#list.map(([name, value]) => `${formEncode(name)}=${formEncode(value)}`).join('&');
    }
  }

  // What the standard calls the query object's URL is between the two of us.
  const {of: paramsOf, replace: replaceParams} = URLSearchParams;
  delete URLSearchParams.of;
  delete URLSearchParams.replace;

  // --- URL (https://url.spec.whatwg.org/), without Windows drive letters --------------------

  const PORTS = {__proto__: null, 'http:': '80', 'https:': '443', 'ws:': '80', 'wss:': '443', 'ftp:': '21', 'file:': ''};
  const isSpecial = protocol => PORTS[protocol] !== undefined;

  // The percent-encode sets of §1.3, each of which contains those before it.
  const C0 = /[^\u0020-\u007e]/u;
  const FRAGMENT = /[^\u0021\u0023-\u003b\u003d\u003f-\u005f\u0061-\u007e]/u;
  const QUERY = /[^\u0021\u0024-\u003b\u003d\u003f-\u007e]/u;
  const SPECIAL_QUERY = /[^\u0021\u0024-\u0026\u0028-\u003b\u003d\u003f-\u007e]/u;
  const PATH = /[^\u0021\u0024-\u003b\u003d\u0040-\u005d\u005f\u0061-\u007a\u007c\u007e]/u;
  const USERINFO = /[^\u0021\u0024-\u002e\u0030-\u0039\u0041-\u005a\u005f\u0061-\u007a\u007e]/u;

  const toUsv = text => String(text).toWellFormed();

  function percentEncode(text, set) {
    let out = '';
    for (const character of text) {
      out += set.test(character) ? toHex(fromText(character)).toUpperCase().replace(/../g, '%$&') : character;
    }
    return out;
  }

  const percentBytes = latin1 => latin1.replace(/%([0-9a-fA-F]{2})/g, (_, hex) => fromCharCode(parseInt(hex, 16)));
  const percentDecode = text => (text.includes('%') ? toText(percentBytes(fromText(text))) : text);

  function invalid(input) {
    return Object.assign(new TypeError('Invalid URL'), {code: 'ERR_INVALID_URL', input});
  }

  function parseUrl(input, base) {
    const text = toUsv(input).replace(/^[\u0000-\u0020]+|[\u0000-\u0020]+$/g, '').replace(/[\t\n\r]/g, '');
    const scheme = /^[a-zA-Z][a-zA-Z0-9+.-]*:/.exec(text)?.[0].toLowerCase();
    const hashAt = text.indexOf('#');
    const hash = hashAt < 0 ? null : percentEncode(text.slice(hashAt + 1), FRAGMENT);
    let rest = hashAt < 0 ? text : text.slice(0, hashAt);
    const protocol = scheme ?? base?.protocol;
    if (protocol === undefined) throw invalid(input);
    if (scheme) rest = rest.slice(scheme.length);
    const special = isSpecial(protocol);
    const queryAt = rest.indexOf('?');
    const query = queryAt < 0 ? null : percentEncode(rest.slice(queryAt + 1), special ? SPECIAL_QUERY : QUERY);
    if (queryAt >= 0) rest = rest.slice(0, queryAt);
    if (special) rest = rest.replaceAll('\\', '/');

    const isRelative = !scheme || (special && protocol !== 'file:' && base?.protocol === protocol && !rest.startsWith('/'));
    if (isRelative) {
      if (base.opaque && (rest !== '' || query !== null || hash === null)) throw invalid(input);
      if (rest === '') return {...base, query: query === null ? base.query : query, hash};
      if (!rest.startsWith('//')) {
        const path = rest.startsWith('/') ? parsePath(rest.slice(1), special) : parsePath(rest, special, base.path.slice(0, -1));
        return {...base, path, query, hash};
      }
    }
    const url = {protocol, username: '', password: '', host: null, port: '', path: [], opaque: false, query, hash};
    if (protocol === 'file:' && !rest.startsWith('//')) {
      return {...url, host: '', path: parsePath(rest.replace(/^\//, ''), true)};
    }
    if (special && protocol !== 'file:') rest = rest.replace(/^\/*/, '//');
    if (!rest.startsWith('//')) {
      return rest.startsWith('/')
        ? {...url, path: parsePath(rest.slice(1), false)}
        : {...url, opaque: true, path: percentEncode(rest, C0)};
    }
    const [, authority, path] = /^\/\/([^/]*)\/?(.*)$/s.exec(rest);
    const hasPath = special || rest.length > 2 + authority.length;
    return {...url, ...parseAuthority(authority, protocol, input), path: hasPath ? parsePath(path, special) : []};
  }

  function parseAuthority(authority, protocol, input) {
    const at = authority.lastIndexOf('@');
    const userinfo = at < 0 ? '' : authority.slice(0, at);
    const colon = userinfo.indexOf(':');
    const [, name, port] = /^(.*?)(?::([^:\]]*))?$/s.exec(authority.slice(at + 1));
    if (protocol === 'file:' && (at >= 0 || port !== undefined)) throw invalid(input);
    if (name === '' && (at >= 0 || port !== undefined || (isSpecial(protocol) && protocol !== 'file:'))) throw invalid(input);
    const host = parseHost(name, isSpecial(protocol), input);
    return {
      username: percentEncode(colon < 0 ? userinfo : userinfo.slice(0, colon), USERINFO),
      password: colon < 0 ? '' : percentEncode(userinfo.slice(colon + 1), USERINFO),
      host: protocol === 'file:' && host === 'localhost' ? '' : host,
      port: parsePort(port ?? '', protocol, input),
    };
  }

  function parsePort(text, protocol, input) {
    if (text === '') return '';
    if (!/^[0-9]+$/.test(text) || Number(text) > 65535) throw invalid(input);
    const port = String(Number(text));
    return port === PORTS[protocol] ? '' : port;
  }

  function parsePath(text, special, start = []) {
    const path = [...start];
    const segments = (special ? text.replaceAll('\\', '/') : text).split('/');
    segments.forEach((segment, i) => {
      const isLast = i === segments.length - 1;
      const plain = segment.replace(/%2e/gi, '.');
      if (plain === '..') path.pop();
      if (plain !== '.' && plain !== '..') path.push(percentEncode(segment, PATH));
      else if (isLast) path.push('');
    });
    return path;
  }

  function parseHost(text, special, input) {
    if (text.startsWith('[')) {
      if (!text.endsWith(']')) throw invalid(input);
      return `[${parseIpv6(text.slice(1, -1), input)}]`;
    }
    if (!special) {
      if (/[\u0000\t\n\r #/:<>?@[\\\]^|]/.test(text)) throw invalid(input);
      return percentEncode(text, C0);
    }
    let domain = percentDecode(text).toLowerCase();
    if (/[^\u0000-\u007f]/.test(domain)) {
      // The JDK's IDNA of 2003 maps these to other domains than the URL Standard does: refuse.
      if (/[\u00df\u03c2\u200c\u200d\u1e9e]/.test(domain)) throw invalid(input);
      domain = host.asciiDomain(domain.normalize('NFKC')).toLowerCase();
    }
    if (/[\u0000-\u0020#%/:<>?@[\\\]^|\u007f]/.test(domain) || (domain === '' && text !== '')) throw invalid(input);
    const last = domain.replace(/\.$/, '').split('.').pop();
    return /^([0-9]+|0x[0-9a-f]*)$/.test(last) ? parseIpv4(domain, input) : domain;
  }

  function parseIpv4(text, input) {
    const parts = text.replace(/\.$/, '').split('.');
    const numbers = parts.map(part => {
      if (/^0x[0-9a-f]*$/.test(part)) return part === '0x' ? 0 : parseInt(part, 16);
      if (/^0[0-7]*$/.test(part)) return parseInt(part, 8);
      if (/^[1-9][0-9]*$/.test(part)) return Number(part);
      throw invalid(input);
    });
    const last = numbers.pop();
    if (parts.length > 4 || numbers.some(it => it > 255) || last >= 256 ** (4 - numbers.length)) throw invalid(input);
    let address = last;
    numbers.forEach((it, i) => (address += it * 256 ** (3 - i)));
    return [24, 16, 8, 0].map(shift => Math.floor(address / 2 ** shift) % 256).join('.');
  }

  function parseIpv6(text, input) {
    const halves = text.split('::');
    if (halves.length > 2) throw invalid(input);
    const [head, tail] = halves.map(half => (half === '' ? [] : half.split(':')).flatMap((piece, i, all) => {
      if (piece.includes('.') && i === all.length - 1 && half === halves.at(-1)) {
        if (!/^(?:(?:0|[1-9][0-9]{0,2})\.){3}(?:0|[1-9][0-9]{0,2})$/.test(piece)) throw invalid(input);
        const [a, b, c, d] = piece.split('.').map(Number);
        if ([a, b, c, d].some(it => it > 255)) throw invalid(input);
        return [a << 8 | b, c << 8 | d];
      }
      if (!/^[0-9a-fA-F]{1,4}$/.test(piece)) throw invalid(input);
      return [parseInt(piece, 16)];
    }));
    const count = head.length + (tail?.length ?? 0);
    if (tail === undefined ? count !== 8 : count > 7) throw invalid(input);
    const pieces = tail === undefined ? head : [...head, ...Array(8 - count).fill(0), ...tail];
    // The first of the longest runs of zeros is left out.
    let best = {at: -1, length: 1};
    for (let at = 0; at < 8; at++) {
      let length = 0;
      while (pieces[at + length] === 0) length++;
      if (length > best.length) best = {at, length};
    }
    const hex = from => from.map(it => it.toString(16)).join(':');
    return best.at < 0 ? hex(pieces) : `${hex(pieces.slice(0, best.at))}::${hex(pieces.slice(best.at + best.length))}`;
  }

  class URL {
    #url;
    #params;

    constructor(input, base) {
      this.#url = parseUrl(input, base === undefined ? undefined : parseUrl(base));
      this.#params = paramsOf(this.#url.query ?? '', it => (this.#url.query = it.size > 0 ? it.toString() : null));
    }
    static canParse(input, base) {
      return URL.parse(input, base) !== null;
    }
    static parse(input, base) {
      try {
        return new URL(input, base);
      } catch {
        return null;
      }
    }
    get href() {
      const {protocol, username, password, host, hash} = this.#url;
      const credentials = username || password ? `${username}${password && `:${password}`}@` : '';
      const authority = host === null ? '' : `//${credentials}${this.host}`;
      // A path that begins with an empty segment would be read as a host.
      const guard = host === null && !this.#url.opaque && this.#url.path.length > 1 && this.#url.path[0] === '' ? '/.' : '';
      return protocol + authority + guard + this.pathname + (this.#url.query === null ? '' : `?${this.#url.query}`) + (hash === null ? '' : `#${hash}`);
    }
    set href(value) {
      this.#url = parseUrl(value);
      replaceParams(this.#params, this.#url.query ?? '');
    }
    get origin() {
      const {protocol} = this.#url;
      return isSpecial(protocol) && protocol !== 'file:' ? `${protocol}//${this.host}` : 'null';
    }
    get protocol() {
      return this.#url.protocol;
    }
    set protocol(value) {
      const scheme = /^[a-zA-Z][a-zA-Z0-9+.-]*(?=:|$)/.exec(String(value))?.[0].toLowerCase();
      if (scheme === undefined || isSpecial(`${scheme}:`) !== isSpecial(this.#url.protocol)) return;
      this.#url.protocol = `${scheme}:`;
      if (this.#url.port === PORTS[this.#url.protocol]) this.#url.port = '';
    }
    get username() {
      return this.#url.username;
    }
    set username(value) {
      if (this.#url.host) this.#url.username = percentEncode(toUsv(value), USERINFO);
    }
    get password() {
      return this.#url.password;
    }
    set password(value) {
      if (this.#url.host) this.#url.password = percentEncode(toUsv(value), USERINFO);
    }
    get host() {
      return (this.#url.host ?? '') + (this.#url.port && `:${this.#url.port}`);
    }
    set host(value) {
      this.#set(() => {
        const {host, port} = parseAuthority(String(value).replace(/[/?#\\].*$/s, '').replaceAll('@', '%40'), this.#url.protocol);
        return /:[0-9]+$/.test(value) ? {host, port} : {host};
      });
    }
    get hostname() {
      return this.#url.host ?? '';
    }
    set hostname(value) {
      this.#set(() => {
        if (value === '' || /:(?![^[]*\])/.test(value)) throw invalid(value);
        return {host: parseHost(String(value).replace(/[/?#\\].*$/s, ''), isSpecial(this.#url.protocol), value)};
      });
    }
    get port() {
      return this.#url.port;
    }
    set port(value) {
      this.#set(() => (value === '' ? {port: ''} : {port: parsePort(/^[0-9]+/.exec(String(value))[0], this.#url.protocol, value)}));
    }
    get pathname() {
      return this.#url.opaque ? this.#url.path : this.#url.path.map(it => `/${it}`).join('');
    }
    set pathname(value) {
      const special = isSpecial(this.#url.protocol);
      this.#set(() => ({path: parsePath(toUsv(value).replace(special ? /^[/\\]/ : /^\//, ''), special)}));
    }
    get search() {
      return this.#url.query ? `?${this.#url.query}` : '';
    }
    set search(value) {
      const query = toUsv(value).replace(/^\?/, '');
      this.#url.query = query === '' ? null : percentEncode(query, isSpecial(this.#url.protocol) ? SPECIAL_QUERY : QUERY);
      replaceParams(this.#params, this.#url.query ?? '');
    }
    get searchParams() {
      return this.#params;
    }
    get hash() {
      return this.#url.hash ? `#${this.#url.hash}` : '';
    }
    set hash(value) {
      const hash = toUsv(value).replace(/^#/, '');
      this.#url.hash = hash === '' ? null : percentEncode(hash, FRAGMENT);
    }
    /** A setter that is given nonsense does nothing (§6.1). */
    #set(change) {
      if (this.#url.opaque) return;
      try {
        Object.assign(this.#url, change());
      } catch {}
    }
    toString() {
      return this.href;
    }
    toJSON() {
      return this.href;
    }
  }


  // --- Inspecting, for the console and util -------------------------------------------------

  const quote = text => `'${text.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n')}'`;

  /** As util.inspect in plain cases. Getters aren't called. Stops near `limit` characters. */
  function inspect(value, limit = 10_000) {
    let left = limit;
    const seen = [];

    function show(it, depth) {
      const shown = left <= 0 ? '...' : plain(it, depth);
      left -= shown.length;
      return shown;
    }
    function plain(it, depth) {
      if (typeof it === 'string') return quote(it.slice(0, left));
      if (typeof it === 'bigint') return `${it}n`;
      if (Object.is(it, -0)) return '-0';
      if (typeof it === 'function') {
        const name = Object.getOwnPropertyDescriptor(it, 'name')?.value;
        return `[Function${typeof name === 'string' && name ? `: ${name}` : ' (anonymous)'}]`;
      }
      if (typeof it !== 'object' || it === null) return String(it);
      if (seen.includes(it)) return '[Circular *1]';
      if (it instanceof Error) return depth > 0 ? `[${it.stack ?? it}]` : String(it.stack ?? it);
      if (it instanceof Date) return Number.isNaN(it.getTime()) ? 'Invalid Date' : it.toISOString();
      if (it instanceof RegExp) return String(it);
      if (it instanceof Promise) return 'Promise {}';
      if (it instanceof Buffer) return `<Buffer${Array.from(it.subarray(0, 50), byte => ` ${byte.toString(16).padStart(2, '0')}`).join('')}>`;
      if (it instanceof URL || it instanceof URLSearchParams) return quote(String(it));
      if (depth > 2) return Array.isArray(it) ? '[Array]' : '[Object]';
      seen.push(it);
      const shown = members(it, depth);
      seen.pop();
      return shown;
    }
    function members(it, depth) {
      const prefix = prefixOf(it);
      const parts = [];
      const add = part => {
        parts.push(part());
        return left > 0 && parts.length < 100;
      };
      if (it instanceof Map) for (const [key, value] of it) if (!add(() => `${show(key, depth + 1)} => ${show(value, depth + 1)}`)) break;
      if (it instanceof Set) for (const value of it) if (!add(() => show(value, depth + 1))) break;
      const isList = Array.isArray(it) || ArrayBuffer.isView(it);
      if (isList) for (let i = 0; i < it.length; i++) if (!add(() => show(it[i], depth + 1))) break;
      if (!isList) for (const key in it) {
        const property = Object.getOwnPropertyDescriptor(it, key);
        if (!property) continue;
        const name = /^[A-Za-z_$][\w$]*$/.test(key) ? key : quote(key);
        left -= name.length;
        if (!add(() => `${name}: ${property.get ? '[Getter]' : property.set ? '[Setter]' : show(property.value, depth + 1)}`)) break;
      }
      const [open, close] = Array.isArray(it) || isList ? '[]' : '{}';
      return parts.length === 0 ? `${prefix}${open}${close}` : `${prefix}${open} ${parts.join(', ')} ${close}`;
    }
    return show(value, 0);
  }

  function prefixOf(it) {
    const prototype = Object.getPrototypeOf(it);
    if (prototype === null) return '[Object: null prototype] ';
    const name = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value?.name;
    const size = it instanceof Map || it instanceof Set ? `(${it.size})` : ArrayBuffer.isView(it) ? `(${it.length})` : '';
    return typeof name !== 'string' || name === 'Object' || name === 'Array' ? '' : `${name}${size} `;
  }

  function format(args, limit = 10_000) {
    const show = it => (typeof it === 'string' ? it : inspect(it, limit));
    let rest = args;
    let out = '';
    if (typeof args[0] === 'string') {
      rest = args.slice(1);
      out = args.length === 1 ? args[0] : args[0].slice(0, limit).replace(/%[sdifjoOc%]/g, it => {
        if (it === '%%') return '%';
        if (rest.length === 0) return it;
        const value = rest.shift();
        switch (it) {
          case '%s': return typeof value === 'object' ? inspect(value, limit) : String(value);
          case '%d': return typeof value === 'object' ? 'NaN' : String(Number(value));
          case '%i': return String(parseInt(value, 10));
          case '%f': return String(parseFloat(value));
          case '%j': return String(JSON.stringify(value));
          case '%c': return '';
          default: return inspect(value, limit);
        }
      });
      if (rest.length > 0) out += ' ';
    }
    for (let i = 0; i < rest.length && out.length < limit; i++) out += (i > 0 ? ' ' : '') + show(rest[i]);
    return out;
  }

  const {log} = host;
  const console = {log, info: log, warn: log, error: log, debug: log, trace: log};

  // --- fetch (https://fetch.spec.whatwg.org/), text only ------------------------------------

  class Headers {
    #map = new Map();
    constructor(init = {}) {
      const pairs = init instanceof Headers || typeof init[Symbol.iterator] === 'function' ? init : Object.entries(init);
      for (const [name, value] of pairs) this.append(name, value);
    }
    #name(name) {
      if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) throw new TypeError(`Invalid header name: ${name}`);
      return String(name).toLowerCase();
    }
    #value(value) {
      const text = String(value).replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, '');
      if (/[\u0000\n\r]|[^\u0000-\u00ff]/.test(text)) throw new TypeError('Invalid header value');
      return text;
    }
    append(name, value) {
      const key = this.#name(name);
      const text = this.#value(value);
      this.#map.set(key, this.#map.has(key) ? `${this.#map.get(key)}, ${text}` : text);
    }
    set(name, value) {
      this.#map.set(this.#name(name), this.#value(value));
    }
    get(name) {
      return this.#map.get(this.#name(name)) ?? null;
    }
    has(name) {
      return this.#map.has(this.#name(name));
    }
    delete(name) {
      this.#map.delete(this.#name(name));
    }
    forEach(callback, self) {
      for (const [name, value] of this) callback.call(self, value, name, this);
    }
    entries() {
      return [...this.#map].sort(([a], [b]) => (a < b ? -1 : 1)).values();
    }
    *keys() {
      for (const [name] of this) yield name;
    }
    *values() {
      for (const [, value] of this) yield value;
    }
    [Symbol.iterator]() {
      return this.entries();
    }
  }

  class Response {
    #body;
    #used = false;
    constructor(body = '', {status = 200, statusText = '', headers = {}, url = ''} = {}) {
      this.#body = body === null ? '' : String(body);
      this.status = status;
      this.statusText = statusText;
      this.ok = status >= 200 && status < 300;
      this.headers = new Headers(headers);
      this.url = url;
    }
    get bodyUsed() {
      return this.#used;
    }
    async text() {
      if (this.#used) throw new TypeError('Body is unusable: Body has already been read');
      this.#used = true;
      return this.#body;
    }
    async json() {
      return JSON.parse(await this.text());
    }
    async arrayBuffer() {
      return encoder.encode(await this.text()).buffer;
    }
  }

  function bodyOf(body, headers) {
    if (body === undefined || body === null) return null;
    if (body instanceof URLSearchParams) {
      if (!headers.has('content-type')) headers.set('content-type', 'application/x-www-form-urlencoded;charset=UTF-8');
      return body.toString();
    }
    if (ArrayBuffer.isView(body) || body instanceof ArrayBuffer) {
      return new TextDecoder('utf-8', {fatal: true}).decode(body);
    }
    if (!headers.has('content-type')) headers.set('content-type', 'text/plain;charset=UTF-8');
    return String(body);
  }

  const MAX_REQUEST = 1 << 20;

  async function fetch(resource, {method = 'GET', headers: init = {}, body, signal} = {}) {
    signal?.throwIfAborted();
    const url = new URL(resource);
    if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new TypeError(`fetch can't open ${url.protocol}`);
    if (url.username || url.password) throw new TypeError('A URL with credentials can\'t be fetched');
    url.hash = '';
    const verb = /^(delete|get|head|options|post|put)$/i.test(method) ? method.toUpperCase() : String(method);
    const headers = new Headers(init);
    const text = bodyOf(body, headers);
    if (text !== null && (verb === 'GET' || verb === 'HEAD')) throw new TypeError('A request with method GET or HEAD can\'t have a body');
    if (text !== null && text.length > MAX_REQUEST) throw new TypeError('The body is too large');
    const answer = host.ask('fetch', {url: url.href, method: verb, headers: Object.fromEntries(headers), body: text});
    const aborted = new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    const {error, status, headers: received = {}, body: content = ''} = await Promise.race([answer, aborted]);
    if (error !== undefined) throw new TypeError('fetch failed', {cause: new Error(error)});
    return new Response(content, {status, headers: received, url: url.href});
  }

  // --- AbortController ----------------------------------------------------------------------

  class AbortSignal {
    #listeners = [];
    aborted = false;
    reason = undefined;
    onabort = null;
    static timeout(milliseconds) {
      const controller = new AbortController();
      host.schedule(milliseconds, () => controller.abort(named('TimeoutError', 'The operation was aborted due to timeout')), []);
      return controller.signal;
    }
    static abort(reason) {
      const controller = new AbortController();
      controller.abort(reason);
      return controller.signal;
    }
    static fire(signal, reason) {
      if (signal.aborted) return;
      signal.aborted = true;
      signal.reason = reason;
      const event = {type: 'abort', target: signal};
      signal.onabort?.(event);
      for (const listener of signal.#listeners.splice(0)) listener.call(signal, event);
    }
    throwIfAborted() {
      if (this.aborted) throw this.reason;
    }
    addEventListener(type, listener) {
      if (type === 'abort') this.#listeners.push(listener);
    }
    removeEventListener(type, listener) {
      this.#listeners = this.#listeners.filter(it => it !== listener);
    }
  }
  const {fire: fireAbort} = AbortSignal;
  delete AbortSignal.fire;

  class AbortController {
    signal = new AbortSignal();
    abort(reason = named('AbortError', 'This operation was aborted')) {
      fireAbort(this.signal, reason);
    }
  }

  // --- crypto -------------------------------------------------------------------------------

  const randomBytes = size => {
    if (!Number.isInteger(size) || size < 0 || size > 65536) throw new RangeError('The size must be from 0 to 65536');
    return Buffer.from(host.random(size), 'latin1');
  };

  function randomUUID() {
    const bytes = randomBytes(16);
    bytes[6] = bytes[6] & 15 | 64;
    bytes[8] = bytes[8] & 63 | 128;
    return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  }

  function getRandomValues(array) {
    if (!ArrayBuffer.isView(array) || array instanceof Float32Array || array instanceof Float64Array || array instanceof DataView) {
      throw new TypeError('getRandomValues takes an integer array');
    }
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(randomBytes(array.byteLength));
    return array;
  }

  /** Node's Hash and Hmac: collects, and computes in the end. */
  class Digest {
    #compute;
    #data = '';
    #isDone = false;
    constructor(compute) {
      this.#compute = compute;
      if (compute('') === '') throw new Error('Digest method not supported');
    }
    update(data, encoding) {
      if (this.#isDone) throw new Error('Digest already called');
      this.#data += latin1Of(data, encoding);
      return this;
    }
    digest(encoding) {
      if (this.#isDone) throw new Error('Digest already called');
      this.#isDone = true;
      const result = Buffer.from(this.#compute(this.#data), 'latin1');
      return encoding === undefined ? result : result.toString(encoding);
    }
  }

  const algorithmOf = name => String(name).toLowerCase().replace(/^sha-/, 'sha');

  const crypto = {
    getRandomValues,
    randomUUID,
    randomBytes,
    createHash: algorithm => new Digest(data => host.digest(algorithmOf(algorithm), data)),
    createHmac: (algorithm, key) => {
      const secret = latin1Of(key);
      return new Digest(data => host.hmac(algorithmOf(algorithm), secret, data));
    },
    timingSafeEqual: (a, b) => {
      const [x, y] = [latin1Of(a), latin1Of(b)];
      if (typeof a === 'string' || typeof b === 'string') throw new TypeError('timingSafeEqual takes Buffers or typed arrays');
      if (x.length !== y.length) throw new RangeError('Input buffers must have the same byte length');
      return equal(x, y);
    },
  };

  // --- structuredClone ----------------------------------------------------------------------

  function structuredClone(value, seen = new Map()) {
    if (typeof value === 'function' || typeof value === 'symbol') {
      throw named('DataCloneError', `${typeof value === 'symbol' ? String(value) : 'A function'} could not be cloned.`);
    }
    if (typeof value !== 'object' || value === null) return value;
    if (seen.has(value)) return seen.get(value);
    const remember = copy => (seen.set(value, copy), copy);
    const clone = it => structuredClone(it, seen);
    if (value instanceof Date) return remember(new Date(value.getTime()));
    if (value instanceof RegExp) return remember(new RegExp(value.source, value.flags));
    if (value instanceof ArrayBuffer) return remember(value.slice(0));
    if (ArrayBuffer.isView(value)) return remember(new Uint8Array(value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength)));
    if (value instanceof Map) {
      const copy = remember(new Map());
      for (const [key, it] of value) copy.set(clone(key), clone(it));
      return copy;
    }
    if (value instanceof Set) {
      const copy = remember(new Set());
      for (const it of value) copy.add(clone(it));
      return copy;
    }
    if (value instanceof Error) {
      return remember(Object.assign(new Error(value.message), {name: value.name, stack: value.stack}));
    }
    const copy = remember(Array.isArray(value) ? new Array(value.length) : {});
    for (const key of Object.keys(value)) copy[key] = clone(value[key]);
    return copy;
  }

  // --- Modules ------------------------------------------------------------------------------

  const promisify = original => (...args) => new Promise((resolve, reject) => {
    original(...args, (error, value) => (error ? reject(error) : resolve(value)));
  });

  const querystring = {
    escape: encodeURIComponent,
    unescape: percentDecode,
    parse(text) {
      const out = Object.create(null);
      for (const [name, value] of new URLSearchParams(String(text).replace(/^\?/, '%3F'))) {
        out[name] = name in out ? [out[name], value].flat() : value;
      }
      return out;
    },
    stringify: object => Object.entries(object ?? {}).flatMap(([name, value]) => [value].flat()
      .map(it => `${encodeURIComponent(name)}=${encodeURIComponent(it ?? '')}`)).join('&'),
  };
  querystring.decode = querystring.parse;
  querystring.encode = querystring.stringify;

  const modules = {
    buffer: {Buffer, atob, btoa},
    crypto: {...crypto, webcrypto: {getRandomValues, randomUUID}},
    querystring,
    url: {URL, URLSearchParams},
    util: {TextDecoder, TextEncoder, format: (...args) => format(args), inspect: value => inspect(value), promisify},
  };

  const globals = {
    AbortController, AbortSignal, Buffer, Headers, Response, URL, URLSearchParams, atob, btoa, console,
    clearImmediate: host.cancel,
    clearInterval: host.cancel,
    clearTimeout: host.cancel,
    crypto: {getRandomValues, randomUUID},
    fetch,
    queueMicrotask: callback => {
      if (typeof callback !== 'function') throw new TypeError('queueMicrotask takes a function');
      Promise.resolve().then(callback).catch(host.uncaught);
    },
    setImmediate: (callback, ...args) => host.schedule(0, callback, args),
    setInterval: (callback, delay, ...args) => host.repeat(delay, callback, args),
    setTimeout: (callback, delay, ...args) => host.schedule(delay, callback, args),
    structuredClone: value => structuredClone(value),
  };

  return {URL, bytes: {base64url, decodeBase64, equal, fromText, toText}, format, globals, modules};
})
