/**
 * Words of which any two texts about work, software and the web share many. Grown from what the words are for, by hand; a word that
 * is missing costs a question too many, one too much costs nothing but some bits.
 */
export const COMMON_WORDS: ReadonlySet<string> = new Set(
  `
the and for that this with from have are was were not but you your our his her its they them their there these those which
what when where who whom whose why how all any each every some most more less many much few other another such same than then
also only just very too again still even ever never always often sometimes usually already yet now today tomorrow yesterday
here about above below under over into onto out off between through during before after since until while because although
though however therefore otherwise instead without within against among across along around behind beside besides beyond
can could may might must shall should will would need want like make made making take taken taking give given get got getting
use used using uses user users useful usage see seen seeing say said says tell told know known think thought find found
look looking work works working worked come came going went done does did doing has had having been being let set put run
try show shown showing call called calling ask asked help helps keep kept start started starting stop stopped end ended begin
open opened close closed add added adding remove removed removing change changed changes changing update updated updates
updating create created creates creating creation delete deleted deleting read reading write writing written edit send sent
receive received return returns returned returning provide provides provided providing include includes included including
contain contains contained allow allows allowed require requires required support supports supported follow following follows
first second third last next previous new old good better best bad high low large small big long short full empty main
important information informations available different possible necessary specific general current currently recent recently
default example examples note notes please thank thanks hello dear regards best kind welcome sorry sure great well
time times date dates day days week weeks month months year years hour hours minute minutes second seconds monday tuesday
wednesday thursday friday saturday sunday january february march april june july august september october november december
one two three four five six seven eight nine ten hundred thousand million number numbers total count amount value values
name names type types list lists item items field fields key keys string number integer boolean array object null true false
undefined function functions class classes method methods const var import export default async await return returns throw
catch else elif switch case break continue public private protected static void int float double char bool self none
def print console log error errors warning info debug test tests testing describe expect assert module modules package
packages version versions release released releases install installed installation build builds config configuration
configure settings setting options option parameter parameters param params argument arguments property properties
attribute attributes element elements content contents title titles text texts body header headers footer
description descriptions summary detail details message messages comment comments label labels tag tags status state states
result results response responses request requests query queries search data database table tables column columns row rows
record records file files folder folders directory path paths document documents page pages site sites website websites web
link links url urls http https www com org net html css json xml yaml csv pdf png jpg svg api apis rest graphql sdk cli
client clients server servers service services application applications app apps software system systems platform tool tools
model models agent agents prompt prompts context code source sources project projects repository repositories repo repos
branch branches commit commits merge pull push issue issues bug bugs fix fixed fixes feature features task tasks
team teams member members people person company companies business customer customers product products
order orders price prices payment payments account accounts email emails mail phone address addresses city country
world global local remote internal external public open source license licensed licence software permission permissions
access user role roles token tokens login password passwords authentication authorization security secure
input output inputs outputs process processes processing performance memory storage cache network connection connections
request timeout limit limits size sizes length width height color colour image images video videos media audio
view views button form forms menu icon index home dashboard report reports review reviews analysis analytics
event events action actions workflow pipeline deploy deployment deployments environment environments production development
developer developers engineering design designs plan plans planning meeting meetings schedule calendar
manage managed management manager managers organization organizations group groups community
language languages english learning machine artificial intelligence science research university school education
government state states united health news market markets money financial finance
line lines word words letter letters part parts section sections step steps point points level levels
based related using according through across approach method process problem problems solution solutions question questions
answer answers reason reasons way ways thing things place places case cases fact facts kind kinds sort
able ensure ensures check checks checked checking verify valid invalid handle handles handled implement implemented
implementation implementations improve improved improvement improvements increase reduce better optimize optimized
complete completed completely simple easy easily quick quickly fast slow automatically automatic manual multiple single
several various additional optional original similar common standard standards custom global entire whole
direct directly exactly actually really simply especially generally specifically typically
interface interfaces component components library libraries framework frameworks frontend backend
docker kubernetes container containers node python javascript typescript java rust golang react linux windows macos
github gitlab google microsoft amazon apple slack notion jira linear stripe facebook twitter linkedin youtube
main master docs readme guide guides tutorial tutorials documentation started getting overview introduction conclusion
copyright rights reserved apache mit foundation warranty liability express implied
script style div span href src alt img class id rel target blank type
click here more read view show hide next previous back submit cancel save
created_at updated_at node_modules
`
    .trim()
    .split(/\s+/),
)
