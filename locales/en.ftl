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
kinds-image = Images
kinds-film = Films
kinds-sound = Sound recordings
kinds-document = Documents
kinds-file = Other files
kinds-accession = Accessions

## Record
record-description = Description
record-transcripts = Transcript
record-facts = About this item
record-files = Files in the archive
record-json = This item as JSON
record-digest = Fingerprint
record-digest-why = A number worked out from the file’s content: if the file changes at all, so does the number.
transcript-in = Transcript in {$language}
open-image = Open the original image
open-film = Open the film file
open-sound = Open the sound file
open-text = Read the full text
open-document = Open the document
open-original = Download the original
picture-alt = Image: {$title}
storyboard-alt = Frames of the film “{$title}”, from beginning to end
waveform-alt = How loud the recording “{$title}” is, from beginning to end
poster-alt = A still from the film: {$title}
page-alt = First page of the document: {$title}
text-cut = This page shows only the beginning of the text.
no-preview = Browsers cannot show this type of file, but the original is safe and whole in the archive.
preview-failed = A preview could not be made ({$reason}). The original is kept unchanged in the archive.

## Facts
fact-taken = Taken or recorded
fact-size-pixels = Size in pixels
fact-duration = Length
fact-pages = Pages
fact-format = Format
fact-original-name = Original name
fact-file-size = File size
fact-id = Archive number
fact-added = Added to the archive
fact-place = Place taken or recorded
fact-orientation = Orientation
orientation-1 = upright
orientation-2 = mirrored
orientation-3 = turned 180°
orientation-4 = flipped upside down
orientation-5 = mirrored and turned 90° left
orientation-6 = turned 90° right
orientation-7 = mirrored and turned 90° right
orientation-8 = turned 90° left
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
