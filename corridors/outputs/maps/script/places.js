// Positions in the usual notations, latitude first: written, read, and copied.
function writeDecimal([lat, lon]) {
  return `${lat.toFixed(5)}, ${lon.toFixed(5)}`;
}

function writeDegrees([lat, lon]) {
  const angle = (degrees, letters) => {
    const tenths = Math.round(Math.abs(degrees) * 36000); // of a second, rounded once, so that 60 seconds never appear
    const minutes = String(Math.floor(tenths / 600) % 60).padStart(2, "0"), seconds = ((tenths % 600) / 10).toFixed(1).padStart(4, "0");
    return `${Math.floor(tenths / 36000)}°${minutes}′${seconds}″${letters[degrees < 0 ? 1 : 0]}`;
  };
  return `${angle(lat, "NS")} ${angle(lon, "EW")}`;
}

// A typed position as [lat, lon]; null where it is not valid or is ambiguous.
function readPlace(text) {
  const plain = text.trim().replace(/[٠-٩۰-۹]/g, (digit) => String(digit.codePointAt(0) % 16)).replace(/،/g, ",");
  const decimal = /^([+-]?\d{1,2}(?:\.\d+)?)\s*(?:,|;|\s)\s*([+-]?\d{1,3}(?:\.\d+)?)$/.exec(plain);
  const inside = (lat, lon) => (Math.abs(lat) <= 90 && Math.abs(lon) <= 180 ? [lat, lon] : null);
  if (decimal) return inside(Number(decimal[1]), Number(decimal[2]));
  const parts = [...plain.matchAll(/(\d+(?:\.\d+)?)\s*[°º]\s*(?:(\d+(?:\.\d+)?)\s*['′’])?\s*(?:(\d+(?:\.\d+)?)\s*(?:["″”]|''))?\s*([NSEW])/gi)];
  if (parts.length === 2) {
    const degrees = parts.map(([, whole, minutes = 0, seconds = 0, letter]) => {
      const size = Number(whole) + Number(minutes) / 60 + Number(seconds) / 3600;
      return minutes >= 60 || seconds >= 60 ? NaN : /[SW]/i.test(letter) ? -size : size;
    });
    const letters = parts.map((part) => part[4].toUpperCase()).join("");
    if (/^[NS][EW]$/.test(letters)) return inside(...degrees);
    return /^[EW][NS]$/.test(letters) ? inside(degrees[1], degrees[0]) : null;
  }
  return readGrid(plain);
}

function copyText(text, button) {
  const done = () => {
    button.textContent = format("copied");
    announce(`${format("copied")}: ${text}`);
  };
  const byHand = () => {
    const field = make("textarea", "aside", text);
    button.after(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    button.focus();
    if (copied) done();
  };
  if (navigator.clipboard) navigator.clipboard.writeText(text).then(done, byHand);
  else byHand();
}

function makePlaceCard(at) {
  const card = applyLanguage(make("div", "card place"));
  card.append(makeHeading(format("this_place")));
  for (const [name, text] of [["decimal", writeDecimal(at)], ["degrees", writeDegrees(at)], ["grid", writeGrid(at)]]) {
    const row = make("p", "copy"), value = make("bdi", "value", text || format("no_grid"));
    value.dir = text ? "ltr" : "auto";
    row.append(make("span", "small", format(name)), value);
    if (text) {
      const button = makeButton("plain", format("copy"), () => copyText(text, button));
      button.setAttribute("aria-label", `${format("copy")}: ${format(name)}`);
      row.append(button);
    }
    card.append(row);
  }
  if (plan.incident_rules) card.append(makeButton("plain", format("add_strike_here"), () => { map.closePopup(); startTool("strike"); tool.click(L.latLng(at)); }));
  return card;
}

function showPlace(latlng) {
  const { lat, lng } = latlng.wrap();
  open(latlng, makePlaceCard([lat, lng]));
}
