from .inputs.folder import check_folder as check_folder, demo_folder as demo_folder
from .inputs.folder import read_situation as read_situation
from .inputs.mission import read_rules as read_rules
from .inputs.roads.download import download_roads as download_roads
from .inputs.roads.graphs import roads_from_graph as roads_from_graph
from .inputs.roads.reader import read_roads as read_roads
from .inputs.zones import read_zones as read_zones
from .inputs.reports import read_incidents as read_incidents, read_reports as read_reports
from .inputs.reports import read_road_reports as read_road_reports
from .inputs.sites import read_sites as read_sites
from .situation import Acknowledgement as Acknowledgement, Situation as Situation
from .evidence import Evidence as Evidence
from .rules import Rules as Rules
from .exposure import Exposure as Exposure
from .access import Access as Access
from .network.graph import Network as Network
from .routing import Routes as Routes
from .assessment import Assessment as Assessment
from .messages import Message as Message
from .plan import Plan as Plan, Prepared as Prepared, replan as replan
from .inputs.planning import plan_corridors as plan_corridors, prepare as prepare
from .review import Dossier as Dossier, build_dossier as build_dossier, Changes as Changes
from .review import compare_plans as compare_plans, ZoneComparison as ZoneComparison
from .review import compare_zones as compare_zones
from .supplies import assess_supply as assess_supply
from .release import AUDIENCES as AUDIENCES, Release as Release
from .release.building import build_release as build_release
from .release.audiences import disclose as disclose
from .outputs.maps import draw_map as draw_map, write_map as write_map
from .outputs.print_map import render_print as render_print, write_print as write_print
from .outputs.exports import EXPORT_FORMATS as EXPORT_FORMATS, write_exports as write_exports
from .release.audiences import render_remarks as render_remarks
from .outputs.files import read_plan as read_plan, write_plan as write_plan
from .outputs.notebook import render_notebook as render_notebook
from .outputs.documents.dossier import write_dossier as write_dossier
from .outputs.documents.zone_comparison import write_zone_comparison as write_zone_comparison
from .outputs.documents.annex import write_annex as write_annex
from .outputs.documents.brief import write_brief as write_brief
from .outputs.templates import write_mission as write_mission
from .tables import build_table as build_table, check_table as check_table
from .errors import CorridorsError as CorridorsError, InputError as InputError
from .errors import OutputError as OutputError, Problem as Problem, UsageError as UsageError
