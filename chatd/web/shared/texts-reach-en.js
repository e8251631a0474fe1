// English: how a customer who goes is reached.
export const TEXTS = {
  reachAsk: "Answer me by mail",
  reachOther: "Another address",
  reachLabel: "Your mail address",
  reachSave: "Save",
  reachThere: "If you go, the answer comes to {contact}",
  reachTranscript: "Mail me the conversation",
  reachMailed: "The conversation is on its way to {contact}",
  reachDownload: "Download the conversation",
  reachPrint: "Print",
  reachPush: "Tell this browser",
  reachPushed: "This browser is told of an answer",
  reachWrong: "That is no mail address",
  reachFailed: "That did not work. Try again later.",
};
