/** Who asks: an opaque token of the seat, or an organisation's machine client by OAuth2 client credentials. */
import { Problem } from "./problem.js";

type Send = (request: Request) => Promise<Response>;

export interface Credentials {
  /** The token to use now; `stale`: one that the gateway has just refused. */
  current(ask: (path: string, form: URLSearchParams) => Promise<TokenAnswer>, stale: string | null): Promise<string>;
  /** Whether another token may be had when one is refused. */
  readonly renewable: boolean;
}

export interface TokenAnswer {
  access_token: string;
  expires_in?: number;
}

const TOKEN_PATH = "/v1/oauth/token";
const EARLY = 30_000;

/** A token as `loan-ledger gateway token` gives it. */
export function token(value: string): Credentials {
  return { renewable: false, current: async () => value };
}

/** A machine client. Its access token is fetched when needed and kept in memory until shortly before it ends. */
export function clientCredentials(clientId: string, clientSecret: string, scope?: string): Credentials {
  let kept: { value: string; until: number } | null = null;
  return {
    renewable: true,
    async current(ask, stale) {
      if (kept !== null && kept.value !== stale && Date.now() < kept.until) return kept.value;
      const form = new URLSearchParams({
        grant_type: "client_credentials",
        client_id: clientId,
        client_secret: clientSecret,
      });
      if (scope !== undefined) form.set("scope", scope);
      const answer = await ask(TOKEN_PATH, form);
      const lasts = (answer.expires_in ?? 300) * 1000;
      kept = { value: answer.access_token, until: Date.now() + Math.max(lasts - EARLY, lasts / 2) };
      return kept.value;
    },
  };
}

/** Sends with the token, and once more with a fresh one if that is refused. */
export function bearer(url: string, credentials: Credentials, send: Send): Send {
  const ask = async (path: string, form: URLSearchParams): Promise<TokenAnswer> => {
    const response = await send(new Request(url.replace(/\/+$/, "") + path, { method: "POST", body: form }));
    const answer: unknown = await response.json();
    if (!response.ok) throw Problem.of(answer, response);
    return answer as TokenAnswer;
  };
  return async (request) => {
    const spare = request.clone();
    const first = await credentials.current(ask, null);
    request.headers.set("Authorization", `Bearer ${first}`);
    const response = await send(request);
    if (response.status !== 401 || !credentials.renewable) return response;
    spare.headers.set("Authorization", `Bearer ${await credentials.current(ask, first)}`);
    return send(spare);
  };
}
