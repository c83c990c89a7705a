from .inputs.folder import (
    check_folder as check_folder,
    demo_folder as demo_folder,
    read_situation as read_situation,
)
from .inputs.mission import read_rules as read_rules
from .inputs.roads.download import download_roads as download_roads
from .inputs.roads.graphs import roads_from_graph as roads_from_graph
from .inputs.roads.reader import read_roads as read_roads
from .inputs.zones import read_zones as read_zones
from .inputs.reports import read_incidents as read_incidents, read_reports as read_reports
from .inputs.reports import read_road_reports as read_road_reports
from .inputs.sites import read_sites as read_sites
from .situation import Acknowledgement as Acknowledgement, Situation as Situation, Source as Source
from .evidence.status import (
    apply_retractions as apply_retractions,
    classify_incidents as classify_incidents,
)
from .checks import check_situation as check_situation
from .evidence import Evidence as Evidence, resolve_evidence as resolve_evidence
from .evidence.incidents import fuse_reports as fuse_reports
from .rules import Rules as Rules
from .exposure import find_nearby as find_nearby, measure_exposure as measure_exposure
from .evidence.status import measure_effective_radius as measure_effective_radius
from .exposure import Exposure as Exposure, weigh_nearby as weigh_nearby
from .exposure import measure_vague_exposure as measure_vague_exposure
from .evidence.structures import (
    classify_structures as classify_structures,
    find_structures as find_structures,
)
from .evidence.status import classify_road_reports as classify_road_reports
from .evidence.conditions import resolve_conditions as resolve_conditions
from .evidence.matching import match_reports as match_reports
from .access import Access as Access, classify_access as classify_access
from .network.graph import Network as Network, build_network as build_network
from .network.snapping import snap_sites as snap_sites
from .routing import (
    Routes as Routes,
    build_steps as build_steps,
    find_routes as find_routes,
    find_tradeoffs as find_tradeoffs,
)
from .assessment import Assessment as Assessment
from .assessment.corridors import assess_corridors as assess_corridors
from .assessment.cut_off import assess_cut_off as assess_cut_off
from .messages import Message as Message
from .plan import Plan as Plan, Prepared as Prepared, replan as replan
from .inputs.planning import plan_corridors as plan_corridors, prepare as prepare
from .review import Dossier as Dossier, build_dossier as build_dossier
from .review import Changes as Changes, compare_plans as compare_plans
from .review import ZoneComparison as ZoneComparison, compare_zones as compare_zones
from .supplies import assess_supply as assess_supply
from .release import AUDIENCES as AUDIENCES, Release as Release
from .release.building import build_release as build_release
from .release.audiences import disclose as disclose
from .outputs.disclosures import log_reveal as log_reveal
from .outputs.maps import draw_map as draw_map, write_map as write_map
from .outputs.print_map import render_print as render_print, write_print as write_print
from .outputs.exports import EXPORT_FORMATS as EXPORT_FORMATS, write_exports as write_exports
from .release.audiences import render_remarks as render_remarks
from .outputs.files import (
    PLAN_FILES as PLAN_FILES,
    check_target as check_target,
    describe_plan as describe_plan,
)
from .outputs.files import (
    name_plan_files as name_plan_files,
    read_plan as read_plan,
    write_plan as write_plan,
    write_roads as write_roads,
)
from .outputs.documents.changes import (
    describe_changes as describe_changes,
    render_changes as render_changes,
)
from .outputs.notebook import render_notebook as render_notebook
from .outputs.serialization import render_json as render_json
from .outputs.documents.dossier import (
    DOSSIER_FILES as DOSSIER_FILES,
    check_dossier_target as check_dossier_target,
)
from .outputs.documents.dossier import (
    describe_dossier as describe_dossier,
    render_dossier as render_dossier,
    write_dossier as write_dossier,
)
from .outputs.documents.zone_comparison import ZONE_COMPARISON_FILES as ZONE_COMPARISON_FILES
from .outputs.documents.zone_comparison import describe_zone_comparison as describe_zone_comparison
from .outputs.documents.zone_comparison import render_zone_comparison as render_zone_comparison
from .outputs.documents.zone_comparison import write_zone_comparison as write_zone_comparison
from .outputs.documents.annex import write_annex as write_annex
from .outputs.documents.brief import write_brief as write_brief
from .outputs.annotations import write_annotations as write_annotations
from .outputs.templates import write_mission as write_mission
from .tables import build_table as build_table, check_table as check_table
from .errors import (
    AcknowledgementNeeded as AcknowledgementNeeded,
    CorridorsError as CorridorsError,
    DownloadError as DownloadError,
)
from .errors import InputError as InputError, OutputError as OutputError, Problem as Problem
from .errors import StaleInputError as StaleInputError, UsageError as UsageError
