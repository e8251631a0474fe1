// English: the landing page.
import { TEXTS as PAGES } from "./texts-pages-en.js";

export const TEXTS = {
  ...PAGES,
  landingTitle: "chatd",
  landingLead: "Live chat for your site, and rooms where you see people type.",
  landingOpen: "Open the chat",
  landingTry: "Try it: the chat button in the corner of this page is real.",
  landingSteps: "First steps",
  landingStepsDone: "{n} of {of} done",
  stepDone: "done",
  stepOpen: "not yet",
  stepOperator: "Make an operator",
  stepOperatorHint: "On the server, in a terminal. It asks for a password; that is the one to sign in with.",
  stepPage: "Let your page in",
  stepPageHint: "Put its address into the configuration, and have that read again.",
  stepMessage: "Get the first message",
  stepMessageHint: "Write in the chat in the corner. Who waits for an answer is seen in a terminal, too:",
  landingConsole: "Operators’ console",
  landingConsoleHint: "Queue, conversations, notes, canned answers.",
  landingRooms: "Rooms",
  landingRoomsHint: "Talk together, words appear letter by letter.",
  landingSnippet: "On your page",
  landingSnippetHint: "One line before </body>. Add your page’s address to the site’s origins.",
  copied: "Copied",
  landingOff: "Switch this page off with landing = false under [web].",
};
