// What stands between an Action and the worker. Evaluated once in each context, before the Action's
// module, with the host's functions and the platform (platform.js).
//
// The script shares its intrinsics with us and may have replaced any of them. So the code below
// that serves it, as opposed to setting up, uses only what was captured here, and no syntax that
// asks a prototype: no method calls on strings and arrays, no iteration, no assignment to elements.
(function (makePlatform, host) {
  'use strict';

  const {isRunning, record, settle, fail, call, startTimer, stopTimer, random, hmac} = host;
  const hostLog = host.log;
  const {parse, stringify} = JSON;
  const {apply, ownKeys} = Reflect;
  const {freeze, hasOwn} = Object;
  const {substring} = String.prototype;
  const {now} = Date;
  const {floor, min, max} = Math;
  const text = String;
  const number = Number;
  const NewError = Error;
  const NewTypeError = TypeError;
  const NewRangeError = RangeError;
  const NewPromise = Promise;
  const NewProxy = Proxy;

  const clip = (string, length) => apply(substring, string, [0, length]);

  // --- Errors -------------------------------------------------------------------------------

  /** A text property of what was thrown, which may be anything: a proxy, a getter that throws. */
  function textOf(thrown, key, length) {
    try {
      const value = thrown[key];
      return typeof value === 'string' ? clip(value, length) : '';
    } catch {
      return '';
    }
  }

  /** With its place, and with what caused it: a failed `fetch` says only there why. */
  function stackOf(thrown) {
    let cause = '';
    try {
      cause = textOf(thrown.cause, 'message', 500);
    } catch {}
    const stack = textOf(thrown, 'stack', 2000);
    return cause === '' ? stack : `${clip(stack, 1400)}\n[cause]: ${cause}`;
  }

  function failWith(run, thrown) {
    const isObject = (typeof thrown === 'object' && thrown !== null) || typeof thrown === 'function';
    if (isObject) {
      fail(run, textOf(thrown, 'name', 100) || 'Error', textOf(thrown, 'message', 500), stackOf(thrown));
    } else {
      fail(run, 'Error', clip(text(thrown), 500), '');
    }
  }

  /** Fails the Action, even if it catches what this throws: a policy is never silently skipped (X8). */
  function refuse(run, error) {
    failWith(run, error);
    throw error;
  }

  // --- Effects ------------------------------------------------------------------------------

  /** Tells the host at once, so that nothing the script does later can change it. */
  function recordCall(run, name, args) {
    if (!isRunning(run)) throw new NewError(`api.${name} was called after its execution had ended`);
    let json = '';
    for (let i = 0; i < args.length; i++) {
      let argument;
      try {
        argument = stringify(args[i]);
      } catch (e) {
        refuse(run, new NewTypeError(`api.${name}: an argument can't be written as JSON: ${textOf(e, 'message', 200)}`));
      }
      json += (i > 0 ? ',' : '') + (argument === undefined ? 'null' : argument);
    }
    if (!record(run, name, `[${json}]`)) {
      refuse(run, new NewRangeError(`api.${name}: too many calls, or too large arguments`));
    }
  }

  // --- api (contract 4 §4 and §7) -----------------------------------------------------------

  /** Recorded, and otherwise without effect here. */
  const RECORDED = {
    'post-login': {
      access: ['deny'],
      accessToken: ['setCustomClaim', 'addScope', 'removeScope'],
      idToken: ['setCustomClaim'],
      refreshToken: ['revoke', 'setExpiresAt', 'setIdleExpiresAt', 'setMetadata', 'deleteMetadata', 'evictMetadata'],
      session: ['setExpiresAt', 'setIdleExpiresAt', 'revoke', 'setCookieMode', 'setMetadata', 'deleteMetadata', 'evictMetadata'],
      transaction: ['setMetadata'],
      user: ['setAppMetadata', 'setUserMetadata'],
      validation: ['error'],
    },
    'custom-token-exchange': {
      access: ['deny', 'rejectInvalidSubjectToken'],
      authentication: ['setUserById', 'setUserByConnection', 'setOrganization', 'setActor'],
      user: ['setAppMetadata', 'setUserMetadata'],
    },
  };

  /** What the language and its users ask any object for, without meaning our methods. */
  const UNASKED = freeze({
    __proto__: null, then: 1, toJSON: 1, constructor: 1, toString: 1, valueOf: 1, hasOwnProperty: 1, inspect: 1,
  });

  /** An object whose unknown members throw when they are asked for: `api.x.y?.()` must not pass over them. */
  function strict(run, path, members) {
    freeze(members);
    return new NewProxy(members, {
      __proto__: null,
      get(_, name) {
        if (typeof name === 'symbol') return undefined;
        if (hasOwn(members, name)) return members[name];
        if (UNASKED[name]) return undefined;
        return refuse(run, new NewTypeError(`${path}.${name} is not supported`));
      },
    });
  }

  const triggers = Object.keys(RECORDED);
  const groupsOf = {__proto__: null};
  for (const trigger of triggers) {
    groupsOf[trigger] = Object.entries(RECORDED[trigger]).map(([group, methods]) => ({
      group, methods: methods.map(method => ({method, name: `${group}.${method}`})),
    }));
  }

  function makeApi(run, request) {
    const groups = groupsOf[request.trigger];
    const members = {__proto__: null};
    let api;
    for (let i = 0; i < groups.length; i++) {
      const {group, methods} = groups[i];
      const made = {__proto__: null};
      for (let j = 0; j < methods.length; j++) {
        const {method, name} = methods[j];
        made[method] = (...args) => {
          recordCall(run, name, args);
          return api;
        };
      }
      members[group] = strict(run, `api.${group}`, made);
    }
    members.cache = strict(run, 'api.cache', makeCache(run, request.cache));
    if (request.trigger === 'post-login') {
      members.redirect = strict(run, 'api.redirect', makeRedirect(run, request.redirect, () => api));
      members.rules = strict(run, 'api.rules', {__proto__: null, wasExecuted: () => false});
    }
    api = strict(run, 'api', members);
    return api;
  }

  // --- api.cache (contract 4 §6) ------------------------------------------------------------

  const CACHE = {entries: 20, key: 64, value: 4096, total: 8192, maxAge: 24 * 3600_000, age: 15 * 60_000};

  function makeCache(run, snapshot) {
    const records = {__proto__: null};
    const keys = ownKeys(snapshot);
    for (let i = 0; i < keys.length; i++) records[keys[i]] = snapshot[keys[i]];
    const live = key => records[key] !== undefined && records[key].expires_at > now() ? records[key] : undefined;
    const failed = code => ({type: 'error', code});
    return {
      __proto__: null,
      get(key) {
        const found = live(text(key));
        return found && {value: found.value, expires_at: found.expires_at};
      },
      set(key, value, options) {
        if (typeof key !== 'string' || key === '' || utf8Length(key) > CACHE.key) return failed('CacheKeySizeExceeded');
        if (typeof value !== 'string') return failed('InvalidCacheValue');
        if (utf8Length(value) > CACHE.value) return failed('CacheValueSizeExceeded');
        const ttl = options?.ttl;
        const absolute = options?.expires_at;
        const wanted = ttl === undefined && absolute === undefined ? now() + CACHE.age
          : min(ttl === undefined ? Infinity : now() + number(ttl), absolute === undefined ? Infinity : number(absolute));
        if (!(wanted > now())) return failed('InvalidExpiry');
        let entries = 1;
        let total = utf8Length(key) + utf8Length(value);
        const others = ownKeys(records);
        for (let i = 0; i < others.length; i++) {
          if (others[i] === key || !live(others[i])) continue;
          entries++;
          total += utf8Length(others[i]) + utf8Length(records[others[i]].value);
        }
        if (entries > CACHE.entries || total > CACHE.total) return failed('CacheSizeExceeded');
        const expires_at = floor(min(wanted, now() + CACHE.maxAge));
        recordCall(run, 'cache.set', [key, value, {__proto__: null, expires_at}]);
        records[key] = {value, expires_at};
        return {type: 'success'};
      },
      delete(key) {
        recordCall(run, 'cache.delete', [text(key)]);
        delete records[text(key)];
        return {type: 'success'};
      },
    };
  }

  // --- api.redirect (contract 4 §5) ---------------------------------------------------------

  function makeRedirect(run, redirect, api) {
    return {
      __proto__: null,
      canRedirect: () => redirect.possible === true,
      sendUserTo(url, options) {
        const target = new platform.URL(url);
        recordCall(run, 'redirect.sendUserTo', [target.href, {__proto__: null, query: options?.query ?? {}}]);
        return api();
      },
      encodeToken({secret, payload, expiresInSeconds = 900}) {
        const iat = floor(now() / 1000);
        const {host: iss, subject: sub, ip} = redirect;
        return signed({...payload, iat, exp: iat + expiresInSeconds, sub, iss, ip}, secret);
      },
      validateToken({secret, tokenParameterName = 'session_token'}) {
        const token = parameter(redirect.body, tokenParameterName) ?? parameter(redirect.query, tokenParameterName);
        if (typeof token !== 'string') throw new NewError(`There is no parameter ${tokenParameterName}`);
        const payload = verified(token, secret);
        if (!(payload.exp > now() / 1000)) throw new NewError('The token has expired');
        if (payload.sub !== redirect.subject) throw new NewError('The token is of another user');
        if (typeof redirect.state !== 'string' || payload.state !== redirect.state) {
          throw new NewError('The token is of another transaction');
        }
        return payload;
      },
    };
  }

  const parameter = (from, name) => (from && hasOwn(from, name) ? from[name] : undefined);

  // RFC 7515: HS256, compact.
  function signed(claims, secret) {
    const {base64url, fromText} = platform.bytes;
    const input = `${base64url(fromText('{"alg":"HS256","typ":"JWT"}'))}.${base64url(fromText(stringify(claims)))}`;
    return `${input}.${base64url(hmac('sha256', keyOf(secret), fromText(input)))}`;
  }

  function verified(token, secret) {
    const {base64url, fromText, toText, decodeBase64} = platform.bytes;
    const parts = token.split('.');
    if (parts.length !== 3) throw new NewError('The token is malformed');
    const given = parts[2];
    const expected = base64url(hmac('sha256', keyOf(secret), fromText(`${parts[0]}.${parts[1]}`)));
    if (parse(toText(decodeBase64(parts[0]))).alg !== 'HS256') throw new NewError('The token is not signed with HS256');
    if (!platform.bytes.equal(given, expected)) throw new NewError('The signature of the token is wrong');
    return parse(toText(decodeBase64(parts[1])));
  }

  function keyOf(secret) {
    if (typeof secret !== 'string' || secret === '') throw new NewTypeError('A secret is needed');
    return platform.bytes.fromText(secret);
  }

  function utf8Length(string) {
    return platform.bytes.fromText(string).length;
  }

  // --- Console ------------------------------------------------------------------------------

  let room = 256;

  /** Once the record is full, a flood costs nothing. */
  function log(...args) {
    if (room > 0) room = hostLog(clip(platform.format(args, room), room));
  }

  // --- Time and calls -----------------------------------------------------------------------

  let running = 0;
  let callbacks = {__proto__: null};
  let calls = {__proto__: null};

  function after(milliseconds, callback) {
    const id = startTimer(max(0, min(floor(number(milliseconds)) || 0, 2147483647)));
    if (id === 0) refuse(running, new NewRangeError('Too many timers'));
    callbacks[id] = callback;
    return id;
  }

  function schedule(delay, callback, args) {
    if (typeof callback !== 'function') throw new NewTypeError('A timer needs a function');
    return after(delay, () => apply(callback, undefined, args));
  }

  function repeat(delay, callback, args) {
    if (typeof callback !== 'function') throw new NewTypeError('A timer needs a function');
    const first = after(delay, function again() {
      // The id by which it is known stays that of the first.
      current.id = after(max(1, delay), again);
      apply(callback, undefined, args);
    });
    const current = {id: first};
    repeating[first] = current;
    return first;
  }

  let repeating = {__proto__: null};

  function cancel(id) {
    const real = repeating[id] ? repeating[id].id : id;
    if (!callbacks[real]) return;
    delete callbacks[real];
    stopTimer(number(real));
  }

  /** Asks the server for something; resolves with its answer. */
  function ask(kind, question) {
    return new NewPromise((resolve, reject) => {
      const id = call(kind, stringify(question));
      if (id === 0) reject(new NewRangeError('Too many calls at once'));
      else calls[id] = resolve;
    });
  }

  // --- Globals and modules ------------------------------------------------------------------

  const platform = makePlatform({
    log, schedule, repeat, cancel, ask, random, hmac,
    digest: host.digest,
    asciiDomain: host.asciiDomain,
    uncaught: error => failWith(running, error),
  });

  for (const name of ['Atomics', 'SharedArrayBuffer', 'WebAssembly', 'Graal', 'Polyglot', 'Java', 'load', 'loadWithNewGlobal', 'print', 'printErr']) {
    delete globalThis[name];
  }
  for (const [name, value] of Object.entries(platform.globals)) {
    Object.defineProperty(globalThis, name, {value, writable: true, configurable: true, enumerable: false});
  }

  function require(name) {
    const plain = typeof name === 'string' ? name.replace(/^node:/, '') : '';
    if (!hasOwn(platform.modules, plain)) {
      const known = Object.keys(platform.modules).join(', ');
      throw new NewError(`Cannot find module '${text(name)}': an Action may use ${known}`);
    }
    return platform.modules[plain];
  }

  // --- Runs ---------------------------------------------------------------------------------

  const module = {exports: {}};

  async function execute(run, handlerName, request, load) {
    try {
      if (load) load(module.exports, require, module);
      const handler = module.exports[handlerName];
      // A missing handler is a no-op (contract 4 §1).
      if (typeof handler === 'function') await handler(request.event, makeApi(run, request));
      settle(run);
    } catch (e) {
      failWith(run, e);
    }
  }

  return {
    start(run, handlerName, requestJson, load) {
      running = run;
      room = 256;
      callbacks = {__proto__: null};
      repeating = {__proto__: null};
      calls = {__proto__: null};
      execute(run, handlerName, parse(requestJson), load);
    },
    answer(id, json) {
      const resolve = calls[id];
      delete calls[id];
      resolve(parse(json));
    },
    fire(id) {
      const callback = callbacks[id];
      delete callbacks[id];
      try {
        callback();
      } catch (e) {
        // As in Node, what a timer throws ends the program.
        failWith(running, e);
      }
    },
  };
})
