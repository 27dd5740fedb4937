// Words, elements and requests: what every other file uses.

const data = JSON.parse(document.getElementById("data").textContent);
export const { example, limit, hasData, hasLogin, language, rules } = data;

/** Return the words of `key` with {names} filled in. */
export function t(key, values = {}) {
  return (data.words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** Tell whether there are words for `key`. */
export const has = (key) => key in data.words;

export const $ = (id) => document.getElementById(id);

/** Return a new element; texts are set as texts, so nothing that a seller typed becomes markup. */
export function h(name, attributes = {}, ...children) {
  const [tag, space] = name.startsWith("svg:") ? [name.slice(4), "http://www.w3.org/2000/svg"] : [name, null];
  const element = space ? document.createElementNS(space, tag) : document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined).map((c) => (c instanceof Node ? c : String(c))));
  return element;
}

export const number = (value) => Math.round(value).toLocaleString(language === "zh" ? "zh-CN" : "en");
export const percent = (share, digits = 1) => `${(share * 100).toFixed(digits)}%`;
export const signed = (share) => `${share >= 0 ? "+" : "−"}${percent(Math.abs(share))}`;

/** Bytes of a title in GBK, near enough until the service has counted them. */
export const roughWidth = (title) => Array.from(title).reduce((sum, c) => sum + (c.codePointAt(0) < 128 ? 1 : 2), 0);

// ---- requests ----------------------------------------------------------------------------------

export class Problem extends Error {
  constructor(status, body, requestId) {
    super(body.detail ?? String(status));
    Object.assign(this, { status, code: body.code ?? "network", errors: body.errors ?? [], requestId });
  }
}

const KEY = "biaoti.key";
export const storedKey = () => sessionStorage.getItem(KEY) ?? "";
export const storeKey = (key) => sessionStorage.setItem(KEY, key);

/** Return the JSON answer to a request; a Problem tells what went wrong. Busy is tried once more. */
export async function ask(path, { body, type = "application/json", query = {}, signal, isSecond = false } = {}) {
  const parameters = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== "" && value != null));
  const headers = { "content-type": type };
  if (storedKey()) headers.authorization = `Bearer ${storedKey()}`;
  let reply;
  try {
    const method = body === undefined ? "GET" : "POST";
    const url = parameters.size ? `${path}?${parameters}` : path;
    reply = await fetch(url, { method, body: body === undefined ? undefined : body instanceof Blob ? body : JSON.stringify(body), headers: body === undefined ? (delete headers["content-type"], headers) : headers, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, { code: "network", detail: t("error.network") });
  }
  if (reply.ok) return reply.json();
  if (reply.status === 429 && !isSecond) {
    await new Promise((done) => setTimeout(done, 1000 * Number(reply.headers.get("retry-after") ?? 1)));
    return ask(path, { body, type, query, signal, isSecond: true });
  }
  throw new Problem(reply.status, await reply.json().catch(() => ({})), reply.headers.get("x-request-id"));
}
