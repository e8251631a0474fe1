// Russian: the widget's list of a visitor's conversations.
export const TEXTS = {
  yoursOpen: "идёт",
  yoursEnded: "завершён",
  yoursNone: "Разговоров ещё не было",
  yoursFailed: "Не удалось узнать, попробуйте ещё раз",
  yoursMore: "Показать ещё",
  yoursBack: "Назад",
  yoursNew: "Новый разговор",
};
