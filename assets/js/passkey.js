// Forms that a passkey answers: the server is asked for a question, the browser for its answer, and the form is sent with it.
export function start() {
  if (!window.PublicKeyCredential) return;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      if (form.elements.answer.value) return;
      event.preventDefault();
      ask(form).catch(() => tell(form));
    });
  }
}

async function ask(form) {
  const button = form.querySelector("button:not([type=button])");
  button.disabled = true;
  try {
    const reply = await fetch(form.dataset.options, { method: "POST", body: new FormData(form) });
    if (reply.redirected) {
      window.location = reply.url;
      return;
    }
    if (!reply.ok) throw new Error(reply.statusText);
    const question = opened(await reply.json());
    const made = form.dataset.passkey === "make";
    const credential = made
      ? await navigator.credentials.create({ publicKey: question })
      : await navigator.credentials.get({ publicKey: question });
    form.elements.answer.value = JSON.stringify(written(credential));
    form.submit();
  } finally {
    button.disabled = false;
  }
}

function tell(form) {
  const words = form.querySelector("[role=status]");
  words.textContent = form.dataset.failed;
}

// The parts of a question that are bytes travel as base64url.
function opened(question) {
  question.challenge = bytes(question.challenge);
  if (question.user) question.user.id = bytes(question.user.id);
  for (const list of ["excludeCredentials", "allowCredentials"])
    for (const one of question[list] || []) one.id = bytes(one.id);
  return question;
}

function written(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
    if (credential.response[name]) response[name] = text(credential.response[name]);
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: {},
  };
}

function bytes(words) {
  const plain = atob(words.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}

function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
