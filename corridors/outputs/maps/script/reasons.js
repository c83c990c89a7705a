// Why a road is restricted or of unknown state stands in its card in English. In a page that is read in another language, too, it is told in
// the one that is read, where there are words for it.
const makeEnglishCard = makeCard;
makeCard = (title, other, facts) => makeEnglishCard(title, other, facts.map(([term, value, lang]) => {
  const told = lang === "en" && said.reasons && said.reasons[value];
  return told ? [term, told] : [term, value, lang];
}));
