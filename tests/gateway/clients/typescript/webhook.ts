/** Verifies what stands in the environment as a receiver would, and says what it thinks of it. */
import { verifiedWebhook, WebhookRefused } from "../../../../gateway/clients/typescript/src/index.js";

declare const process: { env: Record<string, string | undefined> };

const { headers, body, secrets } = JSON.parse(process.env["WEBHOOK"] ?? "{}") as {
  headers: Record<string, string>;
  body: string;
  secrets: string[];
};
try {
  const event = await verifiedWebhook(new Headers(headers), body, secrets);
  console.log(`taken ${JSON.stringify(event)}`);
} catch (error) {
  if (!(error instanceof WebhookRefused)) throw error;
  console.log(`refused ${error.message}`);
}
