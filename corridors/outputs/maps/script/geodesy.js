// Lengths and places on the ellipsoid WGS 84: the shortest line between two places, circles, and the military grid.
const AXIS_M = 6378137, FLATTENING = 1 / 298.257223563, ROUND = Math.PI / 180;
const SCALE = 0.9996; // of UTM on its central meridian

// Metres between two places, [lat, lon] in degrees, by Vincenty's formula. Where it does not converge (places nearly
// opposite on the Earth), the distance is that on a sphere, within half a percent.
function measureMetres([lat1, lon1], [lat2, lon2]) {
  const minor = AXIS_M * (1 - FLATTENING), turn = (lon2 - lon1) * ROUND;
  const [u1, u2] = [lat1, lat2].map((lat) => Math.atan((1 - FLATTENING) * Math.tan(lat * ROUND)));
  const [sin1, cos1, sin2, cos2] = [Math.sin(u1), Math.cos(u1), Math.sin(u2), Math.cos(u2)];
  let lambda = turn;
  for (let i = 0; i < 200; i++) {
    const sinL = Math.sin(lambda), cosL = Math.cos(lambda);
    const sinS = Math.hypot(cos2 * sinL, cos1 * sin2 - sin1 * cos2 * cosL);
    if (sinS === 0) return 0;
    const cosS = sin1 * sin2 + cos1 * cos2 * cosL, sigma = Math.atan2(sinS, cosS);
    const sinA = (cos1 * cos2 * sinL) / sinS, cosA2 = 1 - sinA * sinA;
    const cosM = cosA2 ? cosS - (2 * sin1 * sin2) / cosA2 : 0;
    const c = (FLATTENING / 16) * cosA2 * (4 + FLATTENING * (4 - 3 * cosA2));
    const before = lambda;
    lambda = turn + (1 - c) * FLATTENING * sinA * (sigma + c * sinS * (cosM + c * cosS * (2 * cosM * cosM - 1)));
    if (Math.abs(lambda) > Math.PI && Math.abs(turn) <= Math.PI) break;
    if (Math.abs(lambda - before) > 1e-12) continue;
    const k = (cosA2 * (AXIS_M * AXIS_M - minor * minor)) / (minor * minor);
    const a = 1 + (k / 16384) * (4096 + k * (k * (320 - 175 * k) - 768)), b = (k / 1024) * (256 + k * (k * (74 - 47 * k) - 128));
    const more = b * sinS * (cosM + (b / 4) * (cosS * (2 * cosM * cosM - 1) - (b / 6) * cosM * (4 * sinS * sinS - 3) * (4 * cosM * cosM - 3)));
    return minor * a * (sigma - more);
  }
  const half = Math.sin(((lat2 - lat1) * ROUND) / 2) ** 2 + Math.cos(lat1 * ROUND) * Math.cos(lat2 * ROUND) * Math.sin(turn / 2) ** 2;
  return 2 * 6371008.8 * Math.asin(Math.min(1, Math.sqrt(half)));
}

// Metres of a degree of latitude and of longitude at a latitude.
function measureDegree(lat) {
  const e2 = FLATTENING * (2 - FLATTENING), w = 1 - e2 * Math.sin(lat * ROUND) ** 2;
  return [(AXIS_M * (1 - e2) * ROUND) / w ** 1.5, (AXIS_M * Math.cos(lat * ROUND) * ROUND) / Math.sqrt(w)];
}

// A ring at a distance around a place, slightly too wide rather than too narrow.
function drawRing([lat, lon], metres) {
  const corners = 72, wide = (metres * 1.003) / Math.cos(Math.PI / corners);
  const north = measureDegree(lat)[0];
  return Array.from({ length: corners }, (_, corner) => {
    const angle = (corner * 2 * Math.PI) / corners, up = lat + (wide * Math.cos(angle)) / north;
    return [up, lon + (wide * Math.sin(angle)) / measureDegree((lat + up) / 2)[1]];
  });
}

// A difference of longitude in degrees, in the shorter direction.
const turnShort = (degrees) => ((((degrees + 180) % 360) + 360) % 360) - 180;

// Metres from a place to the nearest point of a line, in a plane at the place with the scale midway to each corner of the
// line. Within 30 km, the largest distance needed, the error is below 0.1 %.
function measureToLine([lat, lon], line) {
  const north = measureDegree(lat)[0], here = L.point(0, 0), shift = turnShort(line[0][1] - lon) - line[0][1];
  const points = line.map((spot) => L.point((spot[1] + shift) * measureDegree((lat + spot[0]) / 2)[1], (spot[0] - lat) * north));
  return points.slice(1).reduce((nearest, point, i) => Math.min(nearest, L.LineUtil.pointToSegmentDistance(here, points[i], point)), points[0].distanceTo(here));
}

// ------------------------------------------------------------------ the grid

const THIRD = FLATTENING / (2 - FLATTENING); // the third flattening, by which Krüger's series run
const power = (...terms) => terms.reduce((sum, term, place) => sum + term * THIRD ** (place + 1), 0);
const RADIUS_M = (AXIS_M / (1 + THIRD)) * (1 + THIRD ** 2 / 4 + THIRD ** 4 / 64 + THIRD ** 6 / 256);
const TO_GRID = [
  power(1 / 2, -2 / 3, 5 / 16, 41 / 180, -127 / 288, 7891 / 37800),
  power(0, 13 / 48, -3 / 5, 557 / 1440, 281 / 630, -1983433 / 1935360),
  power(0, 0, 61 / 240, -103 / 140, 15061 / 26880, 167603 / 181440),
  power(0, 0, 0, 49561 / 161280, -179 / 168, 6601661 / 7257600),
  power(0, 0, 0, 0, 34729 / 80640, -3418889 / 1995840),
  power(0, 0, 0, 0, 0, 212378941 / 319334400),
];
const FROM_GRID = [
  power(1 / 2, -2 / 3, 37 / 96, -1 / 360, -81 / 512, 96199 / 604800),
  power(0, 1 / 48, 1 / 15, -437 / 1440, 46 / 105, -1118711 / 3870720),
  power(0, 0, 17 / 480, -37 / 840, -209 / 4480, 5569 / 90720),
  power(0, 0, 0, 4397 / 161280, -11 / 504, -830251 / 7257600),
  power(0, 0, 0, 0, 4583 / 161280, -108847 / 3991680),
  power(0, 0, 0, 0, 0, 20648693 / 638668800),
];
const BANDS = "CDEFGHJKLMNPQRSTUVWX", COLUMNS = "ABCDEFGHJKLMNPQRSTUVWXYZ", ROWS = "ABCDEFGHJKLMNPQRSTUV";

function findZone(lat, lon) {
  if (lat >= 56 && lat < 64 && lon >= 3 && lon < 12) return 32;
  if (lat >= 72 && lon >= 0 && lon < 42) return lon < 9 ? 31 : lon < 21 ? 33 : lon < 33 ? 35 : 37;
  return Math.floor((lon + 180) / 6) + 1;
}

const findMeridian = (zone) => 6 * zone - 183;

function toUtm(lat, lon, zone) {
  const e = Math.sqrt(FLATTENING * (2 - FLATTENING)), tan = Math.tan(lat * ROUND), turn = (lon - findMeridian(zone)) * ROUND;
  const sigma = Math.sinh(e * Math.atanh((e * tan) / Math.hypot(1, tan)));
  const flat = tan * Math.hypot(1, sigma) - sigma * Math.hypot(1, tan);
  const x0 = Math.asinh(Math.sin(turn) / Math.hypot(flat, Math.cos(turn))), y0 = Math.atan2(flat, Math.cos(turn));
  let x = x0, y = y0;
  TO_GRID.forEach((term, i) => {
    x += term * Math.cos(2 * (i + 1) * y0) * Math.sinh(2 * (i + 1) * x0);
    y += term * Math.sin(2 * (i + 1) * y0) * Math.cosh(2 * (i + 1) * x0);
  });
  return [500000 + SCALE * RADIUS_M * x, (lat < 0 ? 10000000 : 0) + SCALE * RADIUS_M * y];
}

function fromUtm(easting, northing, zone, south) {
  const x0 = (easting - 500000) / (SCALE * RADIUS_M), y0 = (northing - (south ? 10000000 : 0)) / (SCALE * RADIUS_M);
  let x = x0, y = y0;
  FROM_GRID.forEach((term, i) => {
    x -= term * Math.cos(2 * (i + 1) * y0) * Math.sinh(2 * (i + 1) * x0);
    y -= term * Math.sin(2 * (i + 1) * y0) * Math.cosh(2 * (i + 1) * x0);
  });
  const e2 = FLATTENING * (2 - FLATTENING), e = Math.sqrt(e2), flat = Math.sin(y) / Math.hypot(Math.sinh(x), Math.cos(y));
  let tan = flat;
  for (let i = 0; i < 5; i++) {
    const sigma = Math.sinh(e * Math.atanh((e * tan) / Math.hypot(1, tan)));
    const off = tan * Math.hypot(1, sigma) - sigma * Math.hypot(1, tan);
    tan += ((flat - off) / Math.hypot(1, off)) * ((1 + (1 - e2) * tan * tan) / ((1 - e2) * Math.hypot(1, tan)));
  }
  return [Math.atan(tan) / ROUND, findMeridian(zone) + Math.atan2(Math.sinh(x), Math.cos(y)) / ROUND];
}

// The square metre of the military grid that a place lies in, in groups; nothing near the poles, which have another grid.
function writeGrid([lat, lon]) {
  if (lat < -80 || lat >= 84) return "";
  const east = turnShort(lon), zone = findZone(lat, east), [easting, northing] = toUtm(lat, east, zone);
  const column = COLUMNS[((zone - 1) % 3) * 8 + Math.floor(easting / 100000) - 1];
  const row = ROWS[(Math.floor(northing / 100000) + (zone % 2 ? 0 : 5)) % 20];
  const band = BANDS[Math.min(19, Math.floor((lat + 80) / 8))];
  const within = (metres) => String(Math.floor(metres % 100000)).padStart(5, "0");
  return `${String(zone).padStart(2, "0")}${band} ${column}${row} ${within(easting)} ${within(northing)}`;
}

// The middle of a square of the military grid, as [lat, lon]; null where there is no such square.
function readGrid(text) {
  const found = /^(\d{1,2})\s*([C-HJ-NP-X])\s*([A-HJ-NP-Z])([A-HJ-NP-V])\s*(\d{1,10})(?:\s+(\d{1,5}))?$/.exec(text.toUpperCase().trim());
  if (!found) return null;
  const half = found[5].length / 2, [east, north] = found[6] ? [found[5], found[6]] : [found[5].slice(0, half), found[5].slice(half)];
  if (east.length !== north.length || east.length > 5) return null;
  const zone = Number(found[1]), band = BANDS.indexOf(found[2]), unit = 10 ** (5 - east.length);
  const column = COLUMNS.indexOf(found[3]) - ((zone - 1) % 3) * 8 + 1;
  if (zone < 1 || zone > 60 || column < 1 || column > 8) return null;
  const easting = column * 100000 + (Number(east) + 0.5) * unit;
  const row = (ROWS.indexOf(found[4]) + (zone % 2 ? 0 : 15)) % 20;
  let northing = row * 100000 + (Number(north) + 0.5) * unit;
  const lowest = toUtm(8 * band - 80, findMeridian(zone), zone)[1] - 100000;
  while (northing < lowest) northing += 2000000;
  const at = fromUtm(easting, northing, zone, band < 10);
  return at.every(Number.isFinite) && writeGrid(at).startsWith(`${found[1].padStart(2, "0")}${found[2]} ${found[3]}${found[4]} `) ? at : null;
}
