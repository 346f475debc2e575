// Makes or uses a passkey for the forms of class "passkey", which stay hidden in browsers that know no passkeys.
"use strict";
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const asked = (options) => ({
  ...options,
  challenge: bytes(options.challenge),
  ...(options.user && { user: { ...options.user, id: bytes(options.user.id) } }),
  ...(options.excludeCredentials && {
    excludeCredentials: options.excludeCredentials.map((key) => ({ ...key, id: bytes(key.id) })),
  }),
  ...(options.allowCredentials && {
    allowCredentials: options.allowCredentials.map((key) => ({ ...key, id: bytes(key.id) })),
  }),
});

const options = async (form) =>
  form.dataset.options
    ? JSON.parse(form.dataset.options)
    : (await fetch(form.dataset.optionsAt, { method: "POST" })).json();

const answered = (credential) => {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response });
};

if (window.PublicKeyCredential) {
  for (const form of document.querySelectorAll("form.passkey")) {
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      if (form.elements.credential.value) return;
      event.preventDefault();
      try {
        const publicKey = asked(await options(form));
        const credential = await navigator.credentials[form.dataset.action]({ publicKey });
        form.elements.credential.value = answered(credential);
        form.requestSubmit();
      } catch (error) {
        if (error.name !== "NotAllowedError") throw error; // the person changed its mind
      }
    });
  }
}
