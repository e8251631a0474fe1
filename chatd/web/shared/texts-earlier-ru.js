// Russian: the widget's list of a visitor's conversations.
export const TEXTS = {
  earlierOpen: "идёт",
  earlierEnded: "завершён",
  earlierNone: "Разговоров ещё не было",
  earlierFailed: "Не удалось узнать, попробуйте ещё раз",
  earlierMore: "Показать ещё",
  earlierBack: "Назад",
  earlierNew: "Новый разговор",
};
