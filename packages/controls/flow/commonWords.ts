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

/** Words of software and offices that are less common, and still in every other text of their kind. */
export const TECHNICAL_WORDS: ReadonlySet<string> = new Set(
  `
absolute accept accepted accessible account accurate active activity actual adapter admin administrator advanced affected aggregate
alert algorithm alias align allocate alpha alternative annotation anonymous appear append apply appropriate approve approval architecture
archive area artifact aspect asset assign associate assume attach attachment attempt audit auth author auto automate availability aware
backup backward balance base baseline basic batch behavior behaviour binary bind block boundary breaking browse browser bucket budget buffer bundle byte bytes
calculate callback capability capacity capture category cause certain certificate chain character characters chart chat choose chunk
clean clear clone cloud cluster collaborate collect collection command community compare compatibility compatible compile compiler
compliance comply complex compress compute concept concise concurrency condition conditional confirm conflict conform consider consistent
console constant constraint consume consumer contract contribute contributing contribution contributor control convention conventions convert
core correct cost count coverage credential credentials criteria critical cross current cursor custom cycle daily daemon deadline
debug decide decision declare decode dedicated deep define defined definition delay delegate deliver delivery dependency dependencies deprecated
derive deserialize destination detect detection determine device diagram difference dimension directive disable discard discover discovery disk
display dispatch distribute distributed domain download draft driver drop dry duplicate duration dynamic edge effect effective efficient effort
embed emit enable enabled encode encrypt encryption endpoint enforce engine enter enterprise entity entry entries enum escape estimate etc evaluate
evaluation exact exceed except exception exclude exclusive execute execution exist exists existing exit expand expected experience experimental
expire explain explicit explore exploit export exporter expose expression extend extension extract factor fail failed failure fallback family fetch
fill filter final find flag flat flow focus folder force fork formal format forward fraction fully gateway generate generated generic global grant graph
guidance guideline handler hash heading health helper helpful hidden high histogram history hit hold hook host hostname human human-readable
identifier identify identity ignore immediate impact imply include inconsistent incorrect increment independent individual infrastructure inherit
initial initialize inject injection inline insert insight inspect instance instruction instructions instrument instrumentation integer integrate integration
integrity intend interact interactive interval invoke isolate iteration job join kernel keyword label latency latest layer layout lead leading
legacy legal lifecycle lightweight limited limitation listen live load locale locate location lock log logging logic login lookup low machine maintain
maintainer maintenance major mandatory map mapping mark match matching maximum mean measure measurement mechanism media medium member merge metadata
metric metrics migrate migration milestone minimal minimum minor mirror missing mitigation mobile mode modern modify monitor monitoring mount move
namespace native natural navigate navigation nested non normalize notation notice notification observability observe obtain occur office offset omit operate operation
operator optimal orchestration origin outline outcome output overall override overwrite owner pack page pagination pair parallel parent parse parser partial
partner pass passing passive pattern pending percent percentage performance period permit persist persistent personal phase pin pipeline placeholder
plain platform plugin policy policies pool port position post potential prefer prefix prepare present preserve preview primary prior priority privacy private
privilege privileges profile program progress protect protection protocol prototype provider proxy publish purpose qualified quality quantity queue quota random
range rate raw reach reachable readable ready real reason receive recommend recommendation record recover recovery redirect reference refer refresh regardless region
register registry regular reject relative relevant reliable rely remain render replace replacement replica report represent representation
reserve reset resolve resource resources respect respond restart restore restrict restriction resume retain retrieve retry reuse revert revision risk
robust root round route router routing rule rules runtime safe safety sample sandbox scale scan scenario schedule schema scheme scope score screen
script secret secure seek segment select selection selector self semantic semantics sensitive separate separated sequence serialize session setup several severity
shape share shared shell short signal signature significant silent skip snapshot socket spec special specification specify specified split stable
stack stage stale standalone statistic status stdin stdout stderr storage store strategy stream streaming strict structure structured style subject submit
subscribe subset success successful suffix suggest suitable summary supply supplied suppress surface suspicious switch symbol sync syntax table target
technical technique template temporary tenant terminal terminate terms theme threat thread threshold throughput throw timestamp together topic top trace tracing track
traffic trailing transaction transfer transform transformation transition translate transport tree trigger troubleshooting trust tune typical ui unchanged
unexpected unique unit unix unknown unless unlimited unset untrusted upgrade upload upper uptime usability username utility utilities valid validate validation
validator variable variables variant variety vector vendor verification verify via violation virtual visible visibility visual volume vulnerability wait warn watch
weight whether whitespace widget width wildcard window workload worker workflow workspace wrap wrapper writable written wrong yield zero zone
backend bash sql select insert where from order limit inner join left right group having distinct values into primary foreign index
badge badges shields img npm npx pip brew apt yarn pnpm cargo curl sudo git clone localhost stdio http websocket oauth jwt tls ssl ssh dns tcp udp ip
azure oracle redis postgres postgresql mysql mongodb sqlite kafka nginx openai anthropic claude chatgpt gpt gemini copilot cursor vscode studio ubuntu debian
utf ascii unicode base64 iso rfc uuid uri mime regex boolean enum struct tuple pointer iterator lambda closure decorator middleware async await promise
approach agreement appendix audience benefit board brand campaign candidate career chapter charge chief client competitive competition conference consultant consumer
corporate council creative credit deal debt degree demand department director division economic employee executive expense expert factory federal fund goal
growth headquarters hire income industry initiative insurance interview invest investment investor invoice item job launch law leader leadership legal loan loss
negotiate objective opportunity ownership percent policy position president pricing priority production professional profit progress promotion proposal quarter quarterly
quote recruit regional regulation relationship resolution resource responsibility responsible retail revenue reward salary sale sales sector share shareholder shipping
staff stakeholder strategic subscription supplier survey talent target tax trade training transaction travel trend union vice vision
`
    .trim()
    .split(/\s+/),
)
