/**
 * Takes off what syslog, journald, Docker, Kubernetes, Compose and the like put before a line. A wrapper is
 * only ever read from the start of a line, and never more than three of them, so that nothing a client
 * wrote can be taken for one. A line of NGINX or Gunicorn itself passes after a look at its first bytes.
 */
import { peelJson } from './envelope-json.ts';
import { peelName, peelPod } from './envelope-name.ts';
import { peelSyslog, peelTimed, peelTimeless, peelUndated } from './envelope-syslog.ts';

/** A wrapper's wall clock without a zone, and usually without a year: syslog's `Nov 20 12:14:32`. */
export type WallTime = {
  readonly year: number | null;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
};

/** A line and what its wrappers said of it; `null` where none said it. */
export type Envelope = {
  /** The line without its wrappers. */
  readonly text: string;
  /** Epoch milliseconds, when a wrapper has a time with a zone. */
  readonly at: number | null;
  readonly host: string | null;
  /** The syslog identifier, or the name of the container. */
  readonly tag: string | null;
  readonly pid: number | null;
  /** The writer cut a long line here and the rest follows: Docker without `\n`, CRI flag `P`. */
  readonly isPartial: boolean;
  readonly time: WallTime | null;
};

/** What one wrapper said, and the text it held. */
export type Layer = { readonly text: string } & Partial<Envelope>;

const MAX_LAYERS = 3;
const ESCAPE = 27;

/** The line without its wrappers and what they said; where two say the same thing, the inner one counts. */
export function unwrap(line: string): Envelope {
  const bare = bareEnvelope(line);
  return canStartWrapper(line) ? unwrapLayers(bare) : bare;
}

/** The line without its wrappers, when nothing else is asked. */
export function unwrapText(line: string): string {
  return canStartWrapper(line) ? unwrapLayers(bareEnvelope(line)).text : line;
}

function bareEnvelope(text: string): Envelope {
  return { text, at: null, host: null, tag: null, pid: null, isPartial: false, time: null };
}

/** `2026/11/20 …`, `127.0.0.1 - …` and `[2026-11-20 …` cannot; letters may be a host, a month, a name. */
function canStartWrapper(line: string): boolean {
  const first = line.charCodeAt(0);
  if (first >= 48 && first <= 57) {
    return line.charCodeAt(4) === 45 || (line.charCodeAt(10) === 46 && !hasOctet(line));
  }
  if (first === 91) return line.charCodeAt(1) === 112;
  return isLetter(first) || first === 123 || first === 60 || first === ESCAPE;
}

/** The first point of an IPv4 address: its end may stand where that of a time in seconds is. */
function hasOctet(line: string): boolean {
  return line.charCodeAt(1) === 46 || line.charCodeAt(2) === 46 || line.charCodeAt(3) === 46;
}

function isLetter(code: number): boolean {
  const lower = code | 32;
  return lower >= 97 && lower <= 122;
}

function unwrapLayers(bare: Envelope): Envelope {
  let envelope = bare;
  for (let layers = 0; layers < MAX_LAYERS && canStartWrapper(envelope.text); layers++) {
    const text = afterColour(envelope.text);
    const layer = peel(text, text !== envelope.text);
    if (layer === null) return text === envelope.text ? envelope : { ...envelope, text };
    envelope = enclose(envelope, layer);
  }
  return envelope;
}

function peel(text: string, isColoured: boolean): Layer | null {
  const first = text.charCodeAt(0);
  if (first === 60) return peelSyslog(text);
  if (first === 123) return peelJson(text);
  if (first === 91) return peelPod(text);
  const named = peelName(text, isColoured);
  if (named) return { ...named, text: afterColour(named.text).trimStart() };
  if (!isLetter(first)) return peelTimed(text);
  return peelUndated(text) ?? peelTimeless(text);
}

/** The text after the colours (`ESC [ … m`) it starts with. */
function afterColour(text: string): string {
  let at = 0;
  while (text.charCodeAt(at) === ESCAPE && text.charCodeAt(at + 1) === 91) {
    let end = at + 2;
    while (isColourParameter(text.charCodeAt(end))) end++;
    if (text.charCodeAt(end) !== 109) break;
    at = end + 1;
  }
  return at === 0 ? text : text.slice(at);
}

function isColourParameter(code: number): boolean {
  return code === 59 || (code >= 48 && code <= 57);
}

function enclose(outer: Envelope, inner: Layer): Envelope {
  return {
    text: inner.text,
    at: inner.at ?? outer.at,
    host: inner.host ?? outer.host,
    tag: inner.tag ?? outer.tag,
    pid: inner.pid ?? outer.pid,
    isPartial: outer.isPartial || inner.isPartial === true,
    time: inner.time ?? outer.time,
  };
}
