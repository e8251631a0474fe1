// What a browser does with passkeys: makes one, and answers by one.

// Whether this page may have any: browsers have them at names, over https or on their own machine.
export const mayHave = () =>
  isSecureContext && "PublicKeyCredential" in globalThis && !/^[\d.]+$|:/.test(location.hostname);

/** @param {string} text */
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));

/** @param {ArrayBuffer | null} buffer */
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer ?? new ArrayBuffer(0))))
  .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

/** @param {string} id @returns {PublicKeyCredentialDescriptor} */
const descriptor = (id) => ({ type: "public-key", id: bytes(id) });

// As passkey:confirm takes it; rejects where whoever was asked gave up.
/** @param {any} begun */
export async function make(begun) {
  /** @type {PublicKeyCredentialCreationOptions} */
  const publicKey = {
    rp: { id: begun.host, name: "chatd" },
    user: { id: bytes(begun.handle), name: begun.username, displayName: begun.display_name },
    challenge: bytes(begun.challenge),
    pubKeyCredParams: begun.algorithms.map((/** @type {number} */ alg) => ({ type: "public-key", alg })),
    excludeCredentials: begun.exclude.map(descriptor),
    authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
    timeout: begun.seconds * 1000,
  };
  /** @type {any} */
  const made = await navigator.credentials.create({ publicKey });
  const { clientDataJSON, attestationObject } = made.response;
  return { passkey: text(made.rawId), client_data: text(clientDataJSON), attestation: text(attestationObject) };
}

// As passkey:login takes it.
/** @param {any} asked */
export async function sign(asked) {
  const publicKey = { rpId: asked.host, challenge: bytes(asked.challenge), timeout: asked.seconds * 1000,
    userVerification: /** @type {const} */ ("required") };
  /** @type {any} */
  const given = await navigator.credentials.get({ publicKey });
  const { clientDataJSON, authenticatorData, signature, userHandle } = given.response;
  return { passkey: text(given.rawId), handle: text(userHandle), client_data: text(clientDataJSON),
    authenticator_data: text(authenticatorData), signature: text(signature) };
}

// What was asked has one of theirs already.
/** @param {any} error */
export const isThere = (error) => error instanceof DOMException && error.name === "InvalidStateError";

// Whoever was asked closed the window of their browser, or it was open for too long.
/** @param {any} error */
export const gaveUp = (error) => error instanceof DOMException;
