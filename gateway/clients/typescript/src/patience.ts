/** Repeats what may be repeated: reads, preparations and changes with their key. */

export interface Patience {
  /** Milliseconds from the first try to the start of the last. */
  milliseconds: number;
  firstPause: number;
  longestPause: number;
}

const USUAL: Patience = { milliseconds: 60_000, firstPause: 100, longestPause: 5_000 };
const PASSING = new Set([425, 429, 502, 503, 504]);

/** No answer for as long as patience lasts. A change may have been accepted: repeat it with `key`. */
export class GatewayGone extends Error {
  override readonly name = "GatewayGone";

  constructor(
    readonly request: string,
    readonly key: string | null,
    options: { cause: unknown },
  ) {
    super(`${request}: no answer from the gateway`, options);
  }
}

type Send = (request: Request) => Promise<Response>;

export function patientFetch(send: Send, given: Partial<Patience> = {}): Send {
  const patience = { ...USUAL, ...given };
  return async (request) => {
    const began = Date.now();
    for (let tries = 0; ; tries += 1) {
      let response: Response | null = null;
      let lost: unknown = null;
      try {
        response = await send(request.clone());
      } catch (error) {
        if (request.signal.aborted) throw error;
        lost = error;
      }
      if (response !== null && !(await passing(request, response))) return response;
      const pause = Math.max(growing(patience, tries), askedFor(response));
      const over = Date.now() + pause - began > patience.milliseconds || !repeatable(request);
      if (over && response !== null) return response;
      if (over) throw new GatewayGone(`${request.method} ${request.url}`, request.headers.get("Idempotency-Key"), { cause: lost });
      await new Promise((resume) => setTimeout(resume, pause));
    }
  };
}

function repeatable(request: Request): boolean {
  return request.method === "GET" || request.headers.has("Idempotency-Key") || request.url.endsWith(":prepare");
}

async function passing(request: Request, response: Response): Promise<boolean> {
  if (response.status === 409) return (await response.clone().text()).includes("idempotency.in_progress");
  const own = response.headers.get("Content-Type")?.includes("problem+json") ?? false;
  if (response.status === 502 && own) return false; // the gateway's own word on a transaction; a proxy's 502 passes
  return repeatable(request) && PASSING.has(response.status);
}

function growing(patience: Patience, tries: number): number {
  const pause = Math.min(patience.firstPause * 2 ** Math.min(tries, 10), patience.longestPause);
  return pause * (0.5 + Math.random() / 2);
}

function askedFor(response: Response | null): number {
  const text = response?.headers.get("Retry-After") ?? "";
  return /^[0-9]+$/.test(text) ? Number(text) * 1000 : 0;
}
