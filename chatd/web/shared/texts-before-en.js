// English: what stands before the first word.
export const TEXTS = {
  questions: "Frequent questions",
  opensToday: "We are closed now and open today at {time}",
  opensOn: "We are closed now and open on {day} at {time}",
  beforeFirst: "A few words before we begin.",
  beforeUnfit: "Something above is missing or not as it should be",
  beforeTitle: "Leave a message",
  beforeClosed: "Write to us, and how we reach you: we answer when we are back.",
  beforeAway: "Nobody can answer right now. Write to us, and how we reach you: we answer as soon as we can.",
  beforeContact: "Mail address or phone",
  beforeWords: "Your message",
  beforeSend: "Send",
  beforeWrong: "That is neither a mail address like anna@shop.example nor a phone number",
  invitationAnswer: "Answer",
  invitationClose: "Close the invitation",
};
