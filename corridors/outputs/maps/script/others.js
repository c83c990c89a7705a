// Why a road is restricted or of unknown state stands in its card in English. In a page that is read in another language, too, it is told in
// the one that is read, where there are words for it.
const makeEnglishCard = makeCard;
makeCard = (title, other, facts) => makeEnglishCard(title, other, facts.map(([term, value, lang]) => {
  const told = lang === "en" && said.reasons && said.reasons[value];
  return told ? [term, told] : [term, value, lang];
}));

// A comma parts thousands in English and Arabic; in French it parts decimals, and 1,050 m would be read as a metre.
const tellWithCommas = tell;
tell = (key, values = {}) => tellWithCommas(key, said.lang !== "fr" ? values : Object.fromEntries(Object.entries(values).map(([name, value]) => (
  [name, typeof value === "string" ? value.replace(/(\d),(?=\d{3}(?!\d))/g, "$1\u00a0") : value]))));
