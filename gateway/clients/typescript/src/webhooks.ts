/**
 * For receivers: whether a webhook was sent by the seat that holds the secret, and now.
 *
 * The scheme is that of Standard Webhooks: HMAC-SHA256 over `<id>.<time>.<body>`, in base64, after `v1,`. Whether an
 * event came before is for the receiver to remember, by its `webhook-id`.
 */

const PREFIX = "whsec_";
const TOLERANCE_SECONDS = 300;

/** The request is not to be trusted: answer 400 and do nothing. */
export class WebhookRefused extends Error {
  override readonly name = "WebhookRefused";
}

/** The event in `body`, exactly as it came; throws WebhookRefused. secrets: for a while both, when one is exchanged. */
export async function verifiedWebhook(
  headers: Headers,
  body: string,
  secrets: readonly string[],
  now: number = Date.now() / 1000,
): Promise<Record<string, unknown>> {
  const id = headers.get("webhook-id");
  const moment = headers.get("webhook-timestamp");
  const given = headers.get("webhook-signature")?.split(" ") ?? [];
  if (id === null || moment === null) throw new WebhookRefused("a header is missing");
  const signed = new TextEncoder().encode(`${id}.${moment}.${body}`);
  const checks = secrets.flatMap((secret) => given.map((one) => fits(secret, one, signed)));
  if (!(await Promise.all(checks)).includes(true)) throw new WebhookRefused("no signature fits");
  if (!/^[0-9]+$/.test(moment) || Math.abs(now - Number(moment)) > TOLERANCE_SECONDS) {
    throw new WebhookRefused("its time is too old, or in the future");
  }
  return JSON.parse(body) as Record<string, unknown>;
}

async function fits(secret: string, given: string, signed: Uint8Array<ArrayBuffer>): Promise<boolean> {
  if (!given.startsWith("v1,")) return false;
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes(secret.slice(PREFIX.length)), algorithm, false, ["verify"]);
  return crypto.subtle.verify("HMAC", key, bytes(given.slice(3)), signed); // compares in constant time
}

function bytes(base64: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}
