# The words of the public viewer, in English. Same keys as vi.ftl; {$number} is {$count} written with separators.

## Every page
site-name = Craft Heritage Archive
skip-to-content = Skip to the main content
nav-label = Kinds of material
switch-language = Tiếng Việt
number = {$number}
browse-all = See the whole archive
back-home = Go to the front page
footer-promise = Every original is kept exactly as it was when it was entrusted to the archive.
language-vi = Vietnamese
language-en = English

## Home
home-lede = Photographs, films, voices and papers from Vietnamese crafts that few hands still practise.
home-total = { $count ->
    [one] The archive keeps {$number} item.
   *[other] The archive keeps {$number} items.
}
home-kinds = Find by kind
home-recent = Newly arrived
home-empty = The archive holds nothing that is open to everyone yet. Please come back later.
item-count = { $count ->
    [one] {$number} item
   *[other] {$number} items
}

## Search
search-label = Search the archive
search-placeholder = A craft, village, person, task…
search-submit = Search
search-heading-all = The whole archive
search-heading-query = Search: “{$query}”
search-results = { $count ->
    [one] {$number} item
   *[other] {$number} items
}
search-nothing = Nothing was found.
search-nothing-advice = Try fewer words, fewer filters or another word. Vietnamese may be typed without its marks.
search-filters = Narrow the results
search-filters-chosen = Chosen filters
search-filter-remove = Remove the filter:
search-heading-narrowed = What the filters leave
search-approximate = Approximately
search-read-as = There is no “{$typed}”; searched for: {$read}.
search-meant = Did you mean
search-added = Also searched for:
search-added-without = Without this name:
search-year = Years
search-year-submit = Filter
sort-label = Order
sort-fit = Best fit
sort-newest = Latest in the archive
sort-oldest = Earliest
sort-title = By title
decade = {$year}s
facet-craft = Craft
facet-practice = Practice
facet-place = Place
facet-technique = Technique
facet-material = Material
facet-motif = Motif
facet-person = Person
facet-decade = Decade
facet-medium = Format
facet-language = Language
facet-rights = Rights
facet-plan_class = Class of the plan
facet-collection = Collection
facet-kind = Kind of material
play-from = Open at {$time}
pager-label = Pages of results
pager-previous = Previous
pager-next = Next
pager-page = { $count ->
   *[other] Page {$number}
}

## Kinds
kind-image = Image
kind-film = Film
kind-sound = Sound recording
kind-document = Document
kind-file = File
kind-accession = Accession
kind-practice = Craft
kind-technique = Technique
kind-motif = Motif
kind-product = Product
kind-material = Material
kind-tool = Tool
kind-person = Person
kind-group = Community
kind-place = Place
kind-event = Event
kind-term = Term
kinds-practice = Crafts and villages
kinds-technique = Techniques
kinds-motif = Motifs
kinds-product = Products
kinds-material = Materials
kinds-tool = Tools
kinds-person = People
kinds-group = Communities
kinds-place = Places
kinds-event = Events and festivals
kinds-term = Terms
kinds-image = Images
kinds-film = Films
kinds-sound = Sound recordings
kinds-document = Documents
kinds-file = Other files
kinds-craft = Crafts
kinds-collection = Collections
kinds-accession = Accessions
kinds-consent = Consents
kinds-exhibit = Exhibits
kinds-recognition = Recognitions
kinds-report = Reports
kinds-source = Sources
kinds-survey = Surveys
kinds-transcript = Transcripts

## Record
record-description = Description
record-transcripts = Transcript
record-facts = About this item
record-files = Files in the archive
record-json = This item as JSON
record-iiif = As a IIIF manifest, for other viewers
iiif-required = Attribution and rights
record-digest = Fingerprint
record-digest-why = A number worked out from the file’s content: if the file changes at all, so does the number.
transcript-in = Transcript in {$language}
record-points = Time index
record-ohms = Download index and words as OHMS (XML)
open-image = Open the original image
open-film = Open the film file
open-sound = Open the sound file
open-text = Read the full text
open-document = Open the document
open-original = Download the original
picture-alt = Image: {$title}
storyboard-alt = Frames of the film “{$title}”, from beginning to end
waveform-alt = How loud the recording “{$title}” is, from beginning to end
text-cut = This page shows only the beginning of the text.
no-preview = Browsers cannot show this type of file, but the original is safe and whole in the archive.
preview-failed = A preview could not be made ({$reason}). The original is kept unchanged in the archive.

## Facts
fact-taken = Taken or recorded
fact-size-pixels = Size in pixels
fact-duration = Length
fact-format = Format
fact-original-name = Original name
fact-id = Archive number
role-original = Original
role-transcript = Transcript
role-sidecar = Companion file
role-junk = Operating system file

## Sizes
size-bytes = { $count ->
    [one] {$number} byte
   *[other] {$number} bytes
}
size-kb = {$number} KB
size-mb = {$number} MB
size-gb = {$number} GB
size-tb = {$number} TB

## Messages
not-found-heading = This page could not be found
not-found-text = The address may be mistyped, or the item may not be open to everyone. You are welcome to search the archive.
gone-heading = Erased by law
gone-text = What was here was erased on lawful request. The archive keeps only that it was.
error-heading = Something went wrong here
error-text = The fault is ours, not yours, and it has been noted. Please try again in a few minutes.

## Report of a delivery
report-title = Report of a delivery
report-accession = Accession
report-giver = Given by
report-agreement = Agreement
report-walked = Files looked at
report-stored = New in the archive
report-duplicate = Contents known already
report-sidecar = Belongs to another file
report-link = Link
report-refused = Refused
report-bytes = New bytes
report-path = Path
report-fate = What became of it
report-size = Size in bytes
report-format = Format
report-sha256 = SHA-256
report-note = Note
report-refused-heading = Refused, and why ({$number})
report-look-heading = Needs a look ({$number})
report-proposals-heading = May belong together ({$number})
report-rows-heading = Rows of lists without a file ({$number})
report-tables-heading = How lists were understood ({$number})
report-formats-heading = Formats ({$number})
report-notes-heading = Remarks ({$number})
report-more = {$number} more in the CSV.

## Folders of a delivery
folders-heading = Folders as they came
folders-way = Way to this folder
folders-all = Delivery
folders-empty = There is nothing in this folder that may be seen.
role-report = Report

## Signing in
sign-in = Sign in
sign-out = Sign out
sign-in-heading = Sign in
sign-in-lede = For archivists, editors, researchers and members of communities. Everything that is open to everyone can be seen without signing in.
sign-in-wrong = Name and password do not belong together. Please check both and try again.
sign-in-not-now = This account does not hold at present: its period has not begun or is over, or an archivist has disabled it. Please ask the archivists.
sign-in-wait = { $count ->
    [one] There were too many tries. Please wait {$number} second, then try again.
   *[other] There were too many tries. Please wait {$number} seconds, then try again.
}
signed-in-as = You are signed in as {$name}.
forged-heading = This form was not accepted
forged-text = It did not come from a page of this archive, or the page had been open for too long. Nothing was changed. Please go back, load the page again, and send the form once more.
first-run-heading = The first archivist
first-run-lede = Nobody looks after this archive yet. This account may see and change everything that is not sealed, and make accounts for others.
first-run-submit = Make the account
password-heading = Your password
password-lede = Choose the password for the account of {$name}. Whoever was signed in with the old one is signed out.
password-submit = Set the password
problems-heading = Something needs another look
field-choose = Please choose

## Accounts
account-name = Name
account-name-hint = It is typed at sign-in, and the history of records names it.
account-full-name = Full name
account-password = Password
account-new-password = New password
account-password-hint = { $count ->
   *[other] At least {$number} characters; a few words in a row are easy to remember.
}
account-role = Role
account-role-archivist = Archivist
account-role-editor = Editor
account-role-researcher = Researcher
account-role-member = Member of a community
account-role-kiosk = Kiosk
account-groups = Groups
account-groups-hint = For members of communities; separate several by commas.
account-purpose = Purpose
account-purpose-hint = For researchers: what they look at the material for.
account-from = First day
account-until = Last day
account-until-hint = Researchers need one.
account-bad-name = “{$name}” cannot be a name: use 1 to 64 letters, digits, spaces and . - _ @.
account-taken = There is an account “{$name}” already. Please choose another name.
account-unknown = There is no account “{$name}”. Please load the page again.
account-no-role = Please choose a role.
account-no-purpose = Please say for what purpose the researcher looks at the material.
account-no-until = Please say on which day the researcher’s access ends.
account-no-groups = Please name at least one group to which the member belongs.
account-bad-period = The last day lies before the first, or is over already. Please choose a later one.
account-bad-day = “{$name}” is no day. Please write it like 2030-12-31.
account-short-password = The password is too short. Please use at least 10 characters.
account-last-archivist = “{$name}” is the last archivist who can sign in. Please add another archivist first.
account-link-over = This link was used already, or is older than seven days. Please ask an archivist for a new one.

## The desk
desk-heading = Archivists’ desk
desk-actor = the history of records names you “{$name}”
desk-way = Way back
users-heading = Accounts
users-lede = Who may sign in, and as what.
users-notes = Groups, purpose, period
users-state = State
users-actions = Actions
users-from = from {$day}
users-until = until {$day}
users-state-active = May sign in
users-state-waiting = Has no password yet
users-state-outside = Outside the period
users-state-disabled = Disabled
users-link = New password link
users-link-for = New password link for {$name}
users-disable = Disable
users-disable-for = Disable {$name}
users-enable = Enable again
users-enable-for = Enable {$name} again
users-add = Add an account
users-add-text = You get a link by which the person sets the password; it is sent in whatever way you trust.
users-link-heading = Link for {$name}
users-link-text = It is shown only now, works once, and holds for seven days. Give it to nobody but this person.
users-link-label = Link to set the password
audit-heading = Who saw and changed what
audit-lede = Looks at what is not open to everyone, sign-ins, accounts, and every change of records.
audit-filter = Only this account
audit-filter-submit = Show
audit-filter-all = Show everyone
audit-time = Time
audit-who = Who
audit-did = What happened
audit-what = To what
audit-older = Older entries
audit-empty = Nothing has been written down here yet.
audit-nobody = unknown name
audit-more = { $count ->
    [one] and {$number} other
   *[other] and {$number} others
}
audit-saw = Saw
audit-changed = Changed
audit-signed-in = Signed in
audit-sign-in-failed = Tried to sign in, in vain
audit-signed-out = Signed out
audit-account-added = Added an account
audit-account-disabled = Disabled an account
audit-account-enabled = Enabled an account again
audit-link-made = Made a password link
audit-password-set = Set a password
audit-how-page = the page
audit-how-json = the record as JSON
audit-how-original = the original file
audit-how-thumbnail = a small picture
audit-how-storyboard = frames of the film
audit-how-waveform = the waveform
audit-how-captions = the captions
audit-how-ohms = the time index (OHMS)
audit-how-manifest = the IIIF presentation
audit-how-desk = at the desk
audit-how-shell = on the machine itself
audit-how-link = by a link

## What is said of a record
section-identity = What it is
section-description = More about it
section-people = People
section-place = Places
section-time = Time
section-process = How it is done
section-status = State
section-rights = Rights and customs
section-files = Material
section-admin = Records
state-unknown = not known
state-none = none
state-not_applicable = does not apply
flag-yes = yes
flag-no = no
date-lunar = day {$day} of the lunar calendar
place-now = now {$place}
relation-practice = Material on this practice
relation-made_during = Recorded on this occasion
more-records = { $count ->
    [one] and one more
   *[other] and {$number} more
}
claim-leads = Leads
not-recorded = not recorded
certainty-not-recorded = certainty not recorded
range-from = from {$value}
range-to = up to {$value}

## The steps of a technique
steps-heading = Steps
steps-all = All steps
step-of = Step {$place}
step-open = Not recorded: {$what}.
step-unnamed = Without a name
step-compare = Compare with this step in other places
compare-heading = {$step}, place by place
compare-places = { $count ->
    [one] One place has this step on record
   *[other] {$number} places have this step on record
}
compare-nothing = No technique has this step on record yet.
step-words = In the words of those who do it

## Lineages, figures, assessments
lineage-heading = Who taught whom
lineage-drawing = The generations drawn, from teachers to learners
lineage-teacher = Teacher:
series-heading = Figures, survey by survey
series-date = Date
series-note = Note
advice-heading = For those who assess
advice-lede = Worked out from the figures and the origin on record; only proposed, nothing is set by it.
advice-write = Write down an assessment
advice-none = too little is known to propose anything
advice-or = {" "}or{" "}
advice-class-open = The number of craft households is needed and, where there is a recognition, whether the village works effectively.
advice-class-no-survey = There has been no survey yet.
advice-class-endangered = The craft still has people and is fading; whether it can be restored, the assessors judge.
advice-class-recognised = A recognition is in force; the last survey says whether the village works effectively.
advice-class-practised = There are craft households, and no recognition is in force.
advice-vitality = By the last survey, against the one before it if there is one.
advice-vitality-open = Two surveys with households are needed, or the number of bearers.
test-met = Met
test-not-met = Not met
test-open = Cannot be decided yet
test-not-recorded = Not recorded
test-years-from = Years on record: {$dates}. Whether the craft is still developing has to be judged as well.
test-years-no-date = No claim about the origin gives a year yet.
test-households-missing = The last survey does not give both craft households and all households.

## Known to exist, and no more
stub-heading = A deposit that is not open yet
stub-lede = The archive keeps this. Its content is not open to you.
stub-notice = Community notice
stub-decides = Who decides
stub-decides-sealed = The depositor together with two named officers
stub-decides-sealed-with = {$who}, together with two named officers
stub-decides-community = The community that holds it
stub-decides-archive = The archivists
stub-ask = How to ask
stub-how = Please contact the archive with the identifier below, and say who you are and what you need it for. The archive passes your question on to those who decide.
stub-how-on-site = It can be seen on the screen that stands in its village.
step-kept = The holders of the craft keep how this step is done to themselves.
step-kept-by = How this step is done is kept and decided by {$group}.

## The desk: describing
inbox-heading = To be described
inbox-lede = What came in and nobody described yet; many records changed in one go.
inbox-waiting = { $count ->
    [one] one record that nobody described
   *[other] {$number} records that nobody described
}
inbox-all = { $count ->
    [one] one record
   *[other] {$number} records
}
inbox-empty = There is nothing here.
inbox-any = Any delivery
inbox-folder = Folder
inbox-from = Taken from
inbox-until = until the end of
inbox-described-too = Described ones, too
inbox-show = Show
import-heading = Import a table
import-lede = Each row of a CSV or Excel table becomes a record. Look first, keep afterwards.
import-file = Table
import-largest = CSV, Excel, ODS or JSON Lines, up to {$size} MB. Old Vietnamese encodings (TCVN3, VNI, Windows-1258) can be read, too.
import-kind = Each row is a
import-look = Look at it
import-no-file = No table was chosen, or it is empty.
import-too-large = The table is larger than {$size} MB. Split it, or bring it in with kho import.
import-unreadable = This table cannot be read.
import-gone = This table waits here no longer: it was kept already, or stood too long. Choose it again.
import-no-key = It is not known by which column records are found again, or a column was chosen wrongly. Choose the key and look again.
import-table = Table “{$name}”
import-encoding = Read as {$name}.
import-encoding-guessed = Read as {$name}, which is a guess: see whether the samples below are right.
import-header-at = The headings stand in row {$row}; the rows above were passed over.
import-key = Key, by which records are found again
import-access = Who may see new records
import-columns = What the columns mean
import-column = Column
import-samples = Samples
import-means = Is the field
import-keep-beside = keep beside
import-columns-help = A column that is no field is kept beside the record as it is, for archivists only.
import-make = Make records that rows name and that are not there yet, such as crafts or places
import-ignore = leave out
import-in-english = {$field} (English)
import-check = Look again
import-keep = Keep
import-would = If it were kept now
import-done = Kept
import-would-create = { $count ->
    [one] one new record
   *[other] {$number} new records
}
import-would-update = { $count ->
    [one] one changed record
   *[other] {$number} changed records
}
import-would-leave = { $count ->
    [one] one record as it was
   *[other] {$number} records as they were
}
import-would-refuse = { $count ->
    [one] one row refused
   *[other] {$number} rows refused
}
import-would-make = { $count ->
    [one] one record made that rows name
   *[other] {$number} records made that rows name
}
import-did-create = { $count ->
    [one] one new record is in the archive
   *[other] {$number} new records are in the archive
}
import-did-update = { $count ->
    [one] one record was changed
   *[other] {$number} records were changed
}
import-did-leave = { $count ->
    [one] one record stayed as it was
   *[other] {$number} records stayed as they were
}
import-did-refuse = { $count ->
    [one] one row was refused
   *[other] {$number} rows were refused
}
import-did-make = { $count ->
    [one] one record was made that rows name
   *[other] {$number} records were made that rows name
}
import-notes = Worth a look in the table
import-rows = Row by row
import-row = Row
import-key-short = Key
import-outcome = Outcome
import-more-rows = { $count ->
    [one] and one more row
   *[other] and {$number} more rows
}
import-row-created = new
import-row-updated = changed
import-row-unchanged = as it was
import-row-refused = refused
import-why-no-key = The key in the column “{$typed}” is empty.
import-why-key-twice = This key stands in several rows ({$typed}); nobody knows which is right.
import-why-no-title = The title is missing.
import-why-no-file = No file stands at “{$typed}”.
import-why-nobody = No record has the name or code “{$typed}”.
import-why-several = Several records have the name or code “{$typed}”; write the identifier of the one that is meant.
import-why-not-understood = “{$typed}” is not understood.
import-why-gap = Something that must be there is missing.
import-why-wrong = The value is not allowed.
import-why-empty = The row says nothing.
batch-heading = Change many at once
batch-help = One field a line; other records are named by identifier, code or title. The whole change is one, and can be undone as one.
batch-field = Field
batch-value = Value
batch-add = add, do not replace
batch-which = Which records
batch-ticked = Those that are ticked
batch-all = { $count ->
    [one] The one that fits
   *[other] All {$number} that fit
}
batch-submit = Change
batch-changed = { $count ->
    [one] One record was changed.
   *[other] {$number} records were changed.
}
batch-left = { $count ->
    [one] One was left as it is, since somebody went on with it.
   *[other] {$number} were left as they are, since somebody went on with them.
}
batch-undo = Undo this change
batch-nothing-chosen = Nothing is chosen. Tick records, or choose all that fit.
batch-no-change = No field is filled in. Choose a field and type a value.
batch-not-understood = The value of the field “{$field}” was not understood; nothing was changed. Correct it and send it again.
batch-refused = It could not be done; nothing was changed. The reason was noted.
merge-heading = Make one record of two
merge-lede = When two records tell of the same thing. The one that stays takes the files, the relations and whatever else the other says; the old address of the other leads on to it. The journal keeps both as they were, and the merge can be undone.
merge-with = Merge it with which one?
merge-nothing = There is none of the same kind. Try another word.
merge-stays = Which one stays?
merge-choices = Where the two differ
merge-no-choice = The two contradict each other nowhere.
merge-rest = What only one of them says is kept; lists are joined. The title that is not chosen becomes another name.
merge-submit = Merge
merge-ticked = Merge the two that are ticked
merge-two = Tick exactly two records to merge them.
merge-done = Merged. What stayed:
merge-choose-all = Choose a side in each field where the two differ. Nothing was merged.
merge-same = These are one and the same record.
merge-other-kind = The two are of different kinds and cannot be merged. Choose one of the same kind.
merge-not-of-this-kind = Records of this kind are not merged here. Terms of the thesaurus are merged by kho terms merge; deliveries and consents always stay apart.
merge-gone = One of the two was merged already, or erased by law.
merge-changed = Somebody changed one of the two just now. Look at it again below, and merge again.
merge-kept-back = A record that was erased by law still keeps something of this one back; choose this one to stay.
task-merge = Merge with another record
describe-new = New: {$kind}
describe-see = See the page
describe-save = Save
describe-saved = Saved.
describe-gaps = Missing before it may be shown
describe-doors = Begin a new record
task-describe = Describe
clip-heading = Put to a step
clip-lede = Choose the technique, then the step that this shows.
clip-choose = Show its steps
clip-step = Step
clip-times = Write them like 12:40 or 1:02:03.5. Leave both empty for all of it.
clip-start = From
clip-end = To
clip-take = Take the moment of the player
clip-caption = Caption
clip-put = Put to the step
clip-no-technique = No technique is called so, or several are. Choose one of the names that appear while you type, or type its identifier.
clip-without-steps = This technique has no steps yet.
clip-no-step = The step is not there any more, or it has this very clip already.
clip-bad-time = This is no time. Write it like 12:40.
clip-bad-span = The end has to come after the beginning, and the beginning has to lie within the material.
history-heading = History
history-revision = Revision {$number}
history-current = present
history-restore = Back to revision {$number}
history-files = { $count ->
    [one] One file
   *[other] {$number} files
}
history-cut = Only the last 100 are shown; the journal has them all.
form-title = Title
form-no-title = a title in Vietnamese or English is needed.
form-needed = needed
form-another = One more
form-access = Access
form-access-reason = Reason
form-access-until = Until the end of
form-access-groups = Groups that may see it
form-access-stub = Strangers may know that it exists
form-keep-name = If the name changes, keep the old one as a spelling found in sources
form-why = Why it is changed
form-why-hint = One line; the history of the record keeps it together with your name.
form-move-up = Save and move up
form-move-down = Save and move down
form-lead-one = only one claim can lead. Choose “no” for the other one.
form-lead-why = please say why this claim leads.
form-missing = is missing.
form-taken-away = (left empty)
form-not-understood = “{$typed}” is not understood.
form-nobody = no record is called “{$typed}”. Make it first, or correct the name.
form-several = several records are called “{$typed}”. Type the identifier.
form-bad-date = “{$typed}” is no date. Write it like 2025-03-12, 1930~, about 1930 or end of the 18th century.
form-bad-number = “{$typed}” is no number.
form-bad-position = “{$typed}” is no position. Write it like 20.69, 106.04.
conflict-heading = Somebody changed the same fields
conflict-text = Below is what they wrote. What you wrote is still in the form; look again, then save once more.

## The desk: transcribing
transcript-heading = Transcript
transcript-of = Words of: {$title}
transcript-by-ear = typed by ear
transcript-from-file = taken from the file {$name}, checked by nobody yet
transcript-describe = Describe
transcript-begin = Transcribe
transcript-begin-more = Begin another transcript
transcript-doors = Transcripts
transcript-edit = Edit the words
transcript-state = State
transcript-about = About this transcript
transcript-by = By
transcript-by-hint = Who transcribed and who checked, separated by commas. Whoever sets it to checked or verified is named, with the day.
transcript-on = Last pass: {$day}.
transcript-method = Method
transcript-segments = Segments
transcript-segment = Segment {$number}
transcript-empty = There are no segments yet. Listen, then add the first.
transcript-start = From
transcript-end = To
transcript-speaker = Speaker
transcript-language = Tag of the language that is spoken
transcript-language-short = lang.
transcript-words = Words, {$language}
transcript-play-here = Play from here
transcript-add = Add a segment behind this one
transcript-add-last = Add a last segment
transcript-split = Split in two
transcript-join = Join the next one to this
transcript-delete = Delete this segment
transcript-bad-time = this is no time; write it like 1:02:03 or 2:05.5.
transcript-ends-early = the segment ends before it begins.
transcript-no-words = there are no words; type them, or delete the segment.
transcript-unsaved = The segments were changed and not saved yet. Look at them, then save.
transcript-restored = What you typed before and did not save is back.
transcript-discard = Drop it
transcript-kept-back = { $count ->
    [one] One segment lies in minutes that are kept back and is not shown here; it stays as it is.
   *[other] {$number} segments lie in minutes that are kept back and are not shown here; they stay as they are.
}
transcript-keys = Keys
transcript-key-play = play, pause
transcript-key-back = back 3 seconds
transcript-key-on = on 3 seconds
transcript-key-start = the segment begins now
transcript-key-end = the segment ends now
transcript-key-next = next segment
transcript-key-before = previous segment
transcript-key-split = split at the cursor
transcript-points-hint = A point is a moment worth finding. One without an end reaches to the next.
transcript-point-new = Add a point
transcript-point-delete = Delete this point
transcript-mark = Mark this moment

## The desk: uploads
upload-heading = Upload material
upload-lede = Photographs, films and recordings from a computer or a telephone; when the link breaks, it goes on where it was.
upload-begin = Begin a delivery
upload-own = Your deliveries
upload-begun = Begun
upload-state = State
upload-count = Files waiting
upload-state-open = Takes files
upload-state-bringing = Is being brought in
upload-state-done = In the archive
upload-state-failed = Could not be brought in
upload-files = { $count ->
    [one] one file
   *[other] {$number} files
}
upload-of = Delivery of {$day}
upload-how = Choose files, wait until they are here, then bring them in. You may close this page and come back: choose the same files again, and they go on where they were.
upload-choose = Choose files
upload-choose-hint = As many as you like; you can also drop them here.
upload-choose-folder = Or choose a whole folder
upload-send = Send
upload-here = Files of this delivery
upload-none = There are no files yet.
upload-waiting = waiting
upload-broken = the link broke, it will go on
upload-whole = complete
upload-summary = Complete
upload-signed-out = You are signed out. Sign in again and choose the files again; what was sent is still here.
upload-remove = Remove
upload-remove-named = Remove {$name}
upload-bring-heading = Bring in
upload-note = Note
upload-bring-hint = Every file is kept to the last byte, and is closed to everyone until somebody decides.
upload-bring = Bring in
upload-discard = Drop this delivery
upload-forget = Take this delivery off the list
upload-not-found = There is no such delivery or file.
upload-not-open = This delivery is closed and takes no more files.
upload-bad-name = This name cannot be kept: it is empty, too long, or leads out of the folder. Rename the file and send it again.
upload-too-large = The file is longer than what can be taken, or longer than when it was begun.
upload-too-many = There are too many files or open deliveries. Bring in what is here first.
upload-no-room = The disk of the archive has no room for this file. Tell whoever runs it; what was sent is still here.
upload-wrong-offset = This piece does not go on where the file ends.
upload-busy = This file is being sent from elsewhere.
upload-incomplete = No file is complete, or some are not. Go on with them, or remove them.
ingest-heading = Deliveries
ingest-files = {$files} files
ingest-counting = Counting the files
ingest-finishing = All files are in, the search index is being finished
ingest-failed = It could not be brought in; the reason is in the log of the server. What is in is safe.
ingest-stored = { $count ->
    [one] one new file
   *[other] {$number} new files
}
ingest-known = { $count ->
    [one] one that was known
   *[other] {$number} that were known
}
ingest-refused = { $count ->
    [one] one refused
   *[other] {$number} refused
}
ingest-see = See the delivery and its report
ingest-unfinished = Begun elsewhere and not finished:

## Films and recordings that are played
player-seek = Go to
copy-played = This is an access copy, made because browsers do not play the original. The original is unchanged and can be downloaded below.
copy-coming = An access copy is being made; browsers do not play the original. Please come back later, or download the original.
copy-failed = No access copy could be made ({$reason}), and browsers do not play the original. It can still be downloaded.
copy-no-program = Browsers do not play the original, and this server lacks ffmpeg, which would make an access copy. The original can still be downloaded.
copies-heading = Access copies being made
copies-lede = Films and recordings that browsers do not play get an access copy, one after the other, while the machine has nothing else to do. Originals stay as they are.
copies-waiting = { $count ->
    [one] {$number} recording is waiting
   *[other] {$number} recordings are waiting
}
copies-no-program = No access copies can be made: this server lacks ffmpeg.
copies-no-room = No access copies are made: the disk of the archive is nearly full.
audit-how-copy = access copy
words-choice = Language of the words
words-beside = Side by side
words-find = Search the words
words-find-do = Search
words-none = Not found
words-found = { $count ->
    [one] {$number} line
   *[other] {$number} lines
}
words-before = Previous place
words-next = Next place
page-of = Page {$page} of {$all}
page-turn = Turn pages
page-before = ← Previous page
page-next = Next page →
page-words = The words of this page
## Ways in
ways-label = Ways into the archive
ways-heading = Other ways in
ways-wall = By craft
ways-places = On the map
ways-time = Through time
ways-craft = List of crafts
ways-technique = Techniques
ways-step = Steps
ways-motif = Motifs
ways-material = Materials
ways-tool = Tools
ways-by-craft = Crafts, from wide to narrow
ways-by-technique = Techniques, from wide to narrow
ways-by-step = Steps, from wide to narrow
ways-by-motif = Motifs, from wide to narrow
ways-by-material = Materials, from wide to narrow
ways-by-tool = Tools, from wide to narrow
ways-nothing = Nothing here is open to everyone yet.
ways-more = { $count ->
    [one] There is {$number} more, with fewer items.
   *[other] There are {$number} more, with fewer items.
}
facet-step = Step
facet-tool = Tool
wall-heading = Everything, craft by craft
places-heading = Where crafts are at home
places-map = A map of the places
places-map-note = Each dot is a place by its name and bounds of today; larger dots have more. Positions are no finer than about a kilometre.
places-kilometres = {$number} km
places-today = By the units of today
places-former = By former units
place-called-before = formerly called {$names}
place-also-called = also called {$names}
place-took-up = includes {$units}
place-lay-in = until {$until} in {$units}
place-lies-in = now in {$units}
place-became = now {$units}
time-heading = Through time
time-decades = Decade by decade
time-note = What spans several decades counts in each of them.
time-century = Century {$number}
time-wide = { $count ->
    [one] Of {$number} item only a wide span is known, of more than forty years: it stands in no decade.
   *[other] Of {$number} items only a wide span is known, of more than forty years: they stand in no decade.
}
time-undated = { $count ->
    [one] {$number} item is not dated yet.
   *[other] {$number} items are not dated yet.
}
time-own = Other years
time-origins = When crafts began
time-origins-note = Each bar is what some source says, and sources may disagree. What was chosen to lead is darker.
related-heading = Related
related-person = By or of the same person
related-technique = The same technique
related-motif = The same motif
related-practice = The same craft
related-place = The same place
related-material = The same material
related-tool = The same tool
related-day = Taken on the same day

## Sets
set-heading = A set of your own
set-lede = The address of this page is the set: keep it, or send it to others. No account is needed.
set-title = Name of the set
set-title-keep = Name it
set-add = Add to a set
set-add-this = Add to the set: {$title}
set-up = Move forward: {$title}
set-down = Move back: {$title}
set-without = Take out of the set: {$title}
set-more = Find more for this set
set-full = The set has 200 items: no more can be added.
set-missing = { $count ->
    [one] {$number} address in the set leads to nothing that is open to you.
   *[other] {$number} addresses in the set lead to nothing that is open to you.
}
set-pdf = Download to print (PDF)
set-csv = Download as a table (CSV)
set-iiif = IIIF collection
## Looking closely, cut-outs, citations, pictures side by side
zoom-open = Look closely
zoom-opened = The picture is open to look at closely. Arrow keys move it, plus and minus zoom, Escape closes it.
zoom-closed = One picture was closed.
zoom-level = Seen at {$percent}%
zoom-turned = Turned by {$degrees} degrees
zoom-failed = The picture could not be opened closely. The picture and the original are still on this page.
zoom-scale = A bar of {$length}, by the resolution that the scan tells
zoom-sight = {$title}: closely
zoom-bar = Controls of the picture
zoom-measured = {$width} × {$height} cm
fact-measured = True size, by the scan
zoom-in = Zoom in
zoom-out = Zoom out
zoom-home = See all of it
zoom-turn = Turn by 90 degrees
zoom-whole = Full screen
zoom-cut = Cut out what is in sight
zoom-close = Close
cut-region = Part of the picture
cut-region-alt = Part of the picture: {$title}
cut-span = Passage {$span}
cut-place = Where this part lies in the whole picture
cut-whole-picture = See the whole picture
cut-whole-recording = Watch or hear the whole recording
cut-lines = What is said here
cut-facts = Where it comes from
cut-rights = Rights
cut-address = Lasting address
cut-digest = BLAKE3 digest
cut-sha256 = SHA-256
cut-iiif = IIIF address
cut-embed = Show it on another site
cut-embed-note = The embedded page holds this part, its name and its credit, and nothing else; it is gone if the material is closed.
cut-heading = Cut out a passage
cut-from = From
cut-to = To
cut-take = Take the moment of the player
cut-submit = Make an address of this passage
cut-hint = Write minutes and seconds as in 12:40, or seconds.
cut-wrong = These two moments could not be read, or lie outside the recording. Write them as in 12:40 and 13:05, the earlier one first.
cite-heading = Cite
cite-vietnamese = Vietnamese form
cite-apa = APA
cite-bibtex = BibTeX
cite-csl = CSL-JSON
cite-copy = Copy
cite-copied = Copied.
cite-download = Download
cite-undated = n.d.
cite-id = no. {$id}
cite-accessed = accessed {$day}
cite-region = region {$region}
cite-about = ca. {$date}
cite-perhaps = {$date}?
cite-decade = {$year}s
cite-century = { $count ->
    [1] 1st century
    [2] 2nd century
    [3] 3rd century
    [21] 21st century
   *[other] {$number}th century
}
compare-begin = Compare with another picture…
compare-pictures = Pictures side by side
compare-missing = Something that this address names is not here, or is not open to you.
compare-open = Look closely at all
compare-together = Move them together
compare-without = Leave out “{$title}”
compare-add = Add a picture
compare-search = Search for pictures to compare
compare-look = Search
compare-no-offers = No other picture was found.
audit-how-cut = a cut-out
audit-how-cite = a citation
## Themes
theme-label = Light and dark
theme-system = As my system
theme-light = Light
theme-dark = Dark
theme-contrast = High contrast
fact-address = Address
## The kiosk

kiosk-language-vi = Tiếng Việt
kiosk-language-en = English
kiosk-home = Start
kiosk-back = Back
kiosk-search = Search
kiosk-lede = Touch a card to begin.
kiosk-touch = Touch to begin
kiosk-empty = There is nothing to see here yet.
kiosk-door-craft = Crafts
kiosk-door-craft-note = Bronze casting, basketry, weaving, incense…
kiosk-door-place = Villages
kiosk-door-place-note = The crafts of your village and mine
kiosk-door-kind = Everything
kiosk-door-kind-note = Films, pictures, stories, patterns, tools…
kiosk-search-invite = Find a craft, a village, a person
kiosk-featured = Worth a look
kiosk-all-kinds = All
kiosk-nothing = Nothing was found. Try fewer words, or another name.
kiosk-approximate = Something like it
kiosk-type-again = Type again
kiosk-pages = Pages
kiosk-page-of = Page { $place }
kiosk-previous = Previous page
kiosk-next = Next page
kiosk-keyboard = Keyboard
kiosk-offers = Suggestions
kiosk-rub = Delete a letter
kiosk-empty-field = Clear
kiosk-space = Space
kiosk-tone-acute = sắc
kiosk-tone-grave = huyền
kiosk-tone-hook = hỏi
kiosk-tone-tilde = ngã
kiosk-tone-dot = nặng
kiosk-play = Play
kiosk-pause = Pause
kiosk-seek = Position in the recording
kiosk-subtitles = Subtitles
kiosk-no-subtitles = None
kiosk-read = Read the words
kiosk-closer = Look closely
kiosk-zoom-in = Zoom in
kiosk-zoom-out = Zoom out
kiosk-zoom-whole = Whole picture
kiosk-close = Close
kiosk-facts = Details
kiosk-related = See next
kiosk-still-heading = Are you still there?
kiosk-still-text = The screen is about to go back to the start.
kiosk-still-here = I am still here
kiosk-wait-heading = One moment
kiosk-wait-text = The screen will be back by itself.
date-about = about {$date}
date-doubtful = {$date} (uncertain)
date-since = from {$date}
date-until = until {$date}
