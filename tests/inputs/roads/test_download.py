"""Roads from the network, against a server on this machine that speaks Overpass and Nominatim."""

import json
import socket
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import osmnx
import pytest

from corridors.errors import DownloadError, InputError
from corridors.inputs.roads.download import download_roads
from corridors.inputs.roads.reader import read_roads
from corridors.messages import Message
from corridors.rules import RoadRules

BOX = "35.0,33.0,35.01,33.01"
TOWN = {
    "version": 0.6,
    "osm3s": {"timestamp_osm_base": "2026-11-20T12:00:00Z"},
    "elements": [
        {"type": "node", "id": 1, "lon": 35.001, "lat": 33.0},
        {"type": "node", "id": 2, "lon": 35.002, "lat": 33.0, "tags": {"barrier": "bollard"}},
        {"type": "node", "id": 3, "lon": 35.003, "lat": 33.0},
        {"type": "node", "id": 4, "lon": 35.004, "lat": 33.0},
        {
            "type": "way",
            "id": 7,
            "nodes": [1, 2, 3],
            "tags": {"highway": "primary", "name:ar": "طريق", "maxweight": "7.5"},
        },
        {
            "type": "way",
            "id": 8,
            "nodes": [3, 4],
            "tags": {"highway": "tertiary", "bridge": "yes", "oneway": "-1"},
        },
        {
            "type": "way",
            "id": 9,
            "nodes": [4, 1],
            "tags": {"highway": "service", "access": "private"},
        },
    ],
}
PLACE = [
    {
        "place_id": 1,
        "osm_type": "relation",
        "osm_id": 5,
        "lat": "33.005",
        "lon": "35.005",
        "class": "boundary",
        "type": "administrative",
        "importance": 0.5,
        "name": "Town",
        "display_name": "Town",
        "boundingbox": ["33.0", "33.01", "35.0", "35.01"],
        "geojson": {
            "type": "Polygon",
            "coordinates": [[[35, 33], [35.01, 33], [35.01, 33.01], [35, 33.01], [35, 33]]],
        },
    }
]


class Service(ThreadingHTTPServer):
    """Answers every question with `answer` and `status`, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer, self.status, self.asked = json.dumps(TOWN), 200, []
        self.url = f"http://127.0.0.1:{self.server_address[1]}/api"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        question = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())["data"][
            0
        ]
        self.server.asked.append((self.path, question))
        self.reply(self.server.answer, self.server.status)

    def do_GET(self):
        self.server.asked.append((self.path, ""))
        self.reply(json.dumps(PLACE if "q=Town" in self.path else []), 200)

    def reply(self, text, status):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(autouse=True)
def only_this_machine(monkeypatch):
    """Nothing but the loopback may be reached, and nobody waits."""
    plain = socket.socket.connect

    def connect(self, address):
        assert self.family == socket.AF_UNIX or address[0] in ("127.0.0.1", "::1"), (
            f"reached out to {address}"
        )
        return plain(self, address)

    def gethostbyname(name):
        assert name == "127.0.0.1", f"asked for the address of {name}"
        return name

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "gethostbyname", gethostbyname)
    monkeypatch.setattr("time.sleep", lambda _: None)


@pytest.fixture
def service():
    server = Service()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def refusal(area=BOX, **options):
    with pytest.raises(DownloadError) as caught:
        download_roads(area, **options)
    return caught.value.problems[0]


def test_the_roads_of_a_box_are_downloaded_with_their_limits_and_barriers(service):
    reading = download_roads(BOX, overpass_url=service.url)
    table = reading.table
    assert table.index.tolist() == ["7:1-2", "7:2-3", "8:3-4"]
    assert table["max_weight_t"].fillna(0).tolist() == [7.5, 7.5, 0]
    assert table["name_ar"].tolist() == ["طريق", "طريق", ""]
    assert table.loc["8:3-4", ["oneway", "bridge", "layer"]].tolist() == ["backward", True, 1]
    assert table.loc["7:1-2", "to_node"] != table.loc["7:2-3", "from_node"]
    assert reading.source.rows == {"read": 3, "kept": 2, "no_access": 1}
    assert reading.source.newest == datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert reading.source.attribution == "© OpenStreetMap contributors, ODbL 1.0"
    assert len(reading.source.sha256) == 64


def test_one_question_is_asked_and_it_names_our_classes(service):
    download_roads(
        BOX, rules=RoadRules(speed_kph={"primary": 60, "tertiary": 40}), overpass_url=service.url
    )
    [(path, question)] = service.asked
    assert path == "/api/interpreter"
    assert '["highway"~"^(primary|tertiary)$"]' in question


def test_a_download_equals_a_file_of_the_same_objects(service, tmp_path):
    text = ['<osm version="0.6">']
    for thing in TOWN["elements"]:
        tags = "".join(
            f'<tag k="{key}" v="{value}"/>' for key, value in thing.get("tags", {}).items()
        )
        if thing["type"] == "node":
            text.append(
                f'<node id="{thing["id"]}" lon="{thing["lon"]}" lat="{thing["lat"]}">{tags}</node>'
            )
        else:
            nodes = "".join(f'<nd ref="{ref}"/>' for ref in thing["nodes"])
            text.append(f'<way id="{thing["id"]}">{nodes}{tags}</way>')
    (tmp_path / "town.osm").write_text("".join(text) + "</osm>", encoding="utf-8")
    assert download_roads(BOX, overpass_url=service.url).table.equals(
        read_roads(tmp_path / "town.osm").table
    )


def test_a_place_is_found_by_its_name(service, monkeypatch):
    monkeypatch.setattr(osmnx.settings, "nominatim_url", service.url)
    assert len(download_roads("Town", overpass_url=service.url).table) == 3
    problem = refusal("Nowhere", overpass_url=service.url)
    assert problem.code == "unknown-place"
    assert problem.value == "Nowhere"


def test_no_server_means_no_network_and_a_clear_answer():
    with socket.socket() as spare:
        spare.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{spare.getsockname()[1]}/api"
    problem = refusal(overpass_url=url)
    assert problem.code == "no-network"
    assert problem.message.code == "problem.no_network"
    assert problem.hint.code == "hint.connect_or_read_file"


def test_a_server_that_says_nothing_is_given_up(monkeypatch):
    monkeypatch.setattr("corridors.inputs.roads.download.TIMEOUT_S", 0.05)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        problem = refusal(overpass_url=f"http://127.0.0.1:{silent.getsockname()[1]}/api")
    assert problem.code == "no-network"
    assert problem.message == Message("problem.no_answer_in_time", limit_s=0.05)


@pytest.mark.parametrize("status", [400, 429, 500, 504])
def test_a_refused_question_is_not_asked_again(service, status):
    service.status = status
    problem = refusal(overpass_url=service.url)
    assert problem.code == "download-failed"
    assert problem.message.values["status"] == status
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        json.dumps({**TOWN, "remark": "runtime error: Query timed out"}),
        "<html>busy</html>",
        json.dumps({"elements": None}),
        "[]",
        '{"elements": [1]}',
    ],
)
def test_an_answer_that_is_not_whole_is_refused(service, answer):
    service.answer = answer
    assert refusal(overpass_url=service.url).code == "download-failed"


def test_an_area_without_roads_says_so(service):
    service.answer = json.dumps({**TOWN, "elements": []})
    with pytest.raises(InputError) as caught:
        download_roads(BOX, overpass_url=service.url)
    assert caught.value.problems[0].code == "no-roads"


@pytest.mark.parametrize(
    "area", ["35.2,33.1,35.1,33.3", "35,33,35.1,95", "200,1,201,2", "nan,1,2,3"]
)
def test_a_box_that_is_none_is_refused_before_anyone_is_asked(area):
    with pytest.raises(InputError) as caught:
        download_roads(area)
    assert caught.value.problems[0].code == "bad-area"


def test_everything_is_put_back_afterwards(service, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = {
        name: value for name, value in vars(osmnx.settings).items() if not name.startswith("__")
    }
    resolve = socket.getaddrinfo
    download_roads(BOX, overpass_url=service.url)
    service.status = 500
    refusal(overpass_url=service.url)
    assert {
        name: value for name, value in vars(osmnx.settings).items() if not name.startswith("__")
    } == before
    assert socket.getaddrinfo is resolve
    assert list(tmp_path.iterdir()) == []
