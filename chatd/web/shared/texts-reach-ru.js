// Russian: how a customer who goes is reached.
export const TEXTS = {
  reachAsk: "Ответить мне на почту",
  reachOther: "Другой адрес",
  reachLabel: "Ваша почта",
  reachSave: "Сохранить",
  reachThere: "Если вы уйдёте, ответ придёт на {contact}",
  reachTranscript: "Прислать переписку на почту",
  reachMailed: "Переписка отправляется на {contact}",
  reachDownload: "Скачать переписку",
  reachPrint: "Распечатать",
  reachPush: "Сообщить в этом браузере",
  reachPushed: "Этот браузер сообщит об ответе",
  reachWrong: "Это не почтовый адрес",
  reachFailed: "Не получилось. Попробуйте позже.",
};
