// Russian: what stands before the first word.
export const TEXTS = {
  questions: "Частые вопросы",
  opensToday: "Сейчас мы закрыты, откроемся сегодня в {time}",
  opensOn: "Сейчас мы закрыты, откроемся: {day}, {time}",
  beforeFirst: "Несколько слов, прежде чем начать.",
  beforeUnfit: "Что-то выше не заполнено или заполнено неверно",
  beforeTitle: "Оставить сообщение",
  beforeClosed: "Напишите нам и оставьте контакт: ответим, когда откроемся.",
  beforeAway: "Сейчас ответить некому. Напишите нам и оставьте контакт: ответим, как только сможем.",
  beforeContact: "Почта или телефон",
  beforeWords: "Ваше сообщение",
  beforeSend: "Отправить",
  beforeWrong: "Это не адрес почты вроде anna@shop.example и не номер телефона",
  invitationAnswer: "Ответить",
  invitationClose: "Закрыть приглашение",
};
