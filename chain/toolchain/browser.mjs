// Unpacks the browser of the npm package given as first argument into TMPDIR.
import { pathToFileURL } from "node:url";

const { default: chromium } = await import(pathToFileURL(process.argv[2]).href);
await chromium.executablePath();
