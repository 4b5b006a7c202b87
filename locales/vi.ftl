# Lời của trang xem, tiếng Việt. Cùng khoá với en.ftl; {$number} là {$count} đã viết có dấu phân cách.

## Khung trang
site-name = Kho di sản nghề
skip-to-content = Tới nội dung chính
nav-label = Loại tư liệu
switch-language = English
number = {$number}
browse-all = Xem toàn bộ kho
back-home = Về trang chủ
footer-promise = Mỗi bản gốc được giữ nguyên vẹn như ngày được trao vào kho.
language-vi = tiếng Việt
language-en = tiếng Anh

## Trang chủ
home-lede = Ảnh, phim, lời kể và tài liệu về những nghề thủ công Việt Nam đang thưa dần tay thợ.
home-total = { $count ->
   *[other] Kho đang gìn giữ {$number} tư liệu.
}
home-kinds = Tìm theo loại
home-recent = Mới vào kho
home-empty = Kho chưa có tư liệu nào mở cho mọi người xem. Mời bạn quay lại sau.
item-count = { $count ->
   *[other] {$number} tư liệu
}

## Tìm kiếm
search-label = Tìm trong kho
search-placeholder = Tên nghề, làng, người, việc…
search-submit = Tìm
search-heading-all = Toàn bộ kho
search-heading-query = Tìm “{$query}”
search-results = { $count ->
   *[other] {$number} tư liệu
}
search-nothing = Chưa tìm thấy tư liệu nào.
search-nothing-advice = Bạn thử bớt vài từ, bỏ bớt bộ lọc hoặc tìm bằng từ khác. Gõ không dấu cũng được.
search-filters = Lọc kết quả
search-filters-chosen = Bộ lọc đang chọn
search-filter-remove = Bỏ lọc:
search-heading-narrowed = Kết quả lọc
search-approximate = Gần đúng
search-read-as = Không thấy “{$typed}”; đã tìm: {$read}.
search-meant = Có phải bạn muốn tìm
search-added = Tìm thêm cả:
search-added-without = Bỏ tên này:
search-year = Năm
search-year-submit = Lọc
sort-label = Thứ tự
sort-fit = Sát nhất
sort-newest = Mới vào kho
sort-oldest = Cũ nhất
sort-title = Theo tên
decade = Thập niên {$year}
facet-craft = Nghề
facet-practice = Nghề ở từng làng
facet-place = Địa điểm
facet-technique = Kỹ thuật
facet-material = Nguyên liệu
facet-motif = Hoa văn
facet-person = Người
facet-decade = Thời gian
facet-medium = Định dạng
facet-language = Ngôn ngữ
facet-rights = Quyền sử dụng
facet-plan_class = Nhóm theo kế hoạch
facet-collection = Sưu tập
facet-kind = Loại tư liệu
play-from = Mở từ {$time}
pager-label = Các trang kết quả
pager-previous = Trang trước
pager-next = Trang sau
pager-page = { $count ->
   *[other] Trang {$number}
}

## Loại tư liệu
kind-image = Ảnh
kind-film = Phim
kind-sound = Ghi âm
kind-document = Tài liệu
kind-file = Tệp
kind-accession = Đợt tiếp nhận
kind-practice = Nghề
kind-technique = Kỹ thuật
kind-motif = Hoa văn
kind-product = Sản phẩm
kind-material = Nguyên liệu
kind-tool = Dụng cụ
kind-person = Người
kind-group = Cộng đồng
kind-place = Địa điểm
kind-event = Hoạt động
kind-term = Thuật ngữ
kinds-practice = Nghề và làng nghề
kinds-technique = Kỹ thuật
kinds-motif = Hoa văn
kinds-product = Sản phẩm
kinds-material = Nguyên liệu
kinds-tool = Dụng cụ
kinds-person = Người giữ nghề
kinds-group = Cộng đồng
kinds-place = Địa điểm
kinds-event = Hoạt động, lễ hội
kinds-term = Thuật ngữ
kinds-image = Ảnh
kinds-film = Phim
kinds-sound = Ghi âm
kinds-document = Tài liệu
kinds-file = Tệp khác
kinds-craft = Các nghề
kinds-collection = Các sưu tập
kinds-accession = Các đợt tiếp nhận
kinds-consent = Phiếu đồng ý
kinds-exhibit = Trưng bày
kinds-recognition = Công nhận
kinds-report = Báo cáo
kinds-source = Nguồn
kinds-survey = Lần điều tra
kinds-transcript = Bản ghi lời

## Trang tư liệu
record-description = Mô tả
record-transcripts = Bản ghi lời
record-facts = Về tư liệu này
record-files = Các tệp trong kho
record-json = Tư liệu này dạng JSON
record-iiif = Bản trình bày IIIF cho phần mềm xem khác
iiif-required = Ghi công và quyền
record-digest = Mã kiểm chứng
record-digest-why = Dãy số tính từ nội dung tệp: tệp đổi một chút là dãy số đổi theo.
transcript-in = Bản ghi lời {$language}
record-points = Mục lục thời gian
record-ohms = Tải mục lục và lời theo chuẩn OHMS (XML)
open-image = Mở ảnh gốc
open-film = Mở tệp phim
open-sound = Mở tệp âm thanh
open-text = Đọc toàn văn
open-document = Mở tài liệu
open-original = Tải bản gốc
picture-alt = Ảnh: {$title}
storyboard-alt = Các khung hình của phim “{$title}”, từ đầu đến cuối
waveform-alt = Độ to nhỏ của bản ghi âm “{$title}”, từ đầu đến cuối
text-cut = Trang này chỉ hiện phần đầu của văn bản.
no-preview = Trình duyệt không mở trực tiếp được dạng tệp này, nhưng bản gốc vẫn nguyên vẹn trong kho.
preview-failed = Chưa dựng được bản xem trước ({$reason}). Bản gốc vẫn được giữ nguyên trong kho.

## Thông tin về tư liệu
fact-taken = Ngày chụp, ghi
fact-size-pixels = Kích thước (điểm ảnh)
fact-duration = Thời lượng
fact-format = Định dạng
fact-original-name = Tên gốc
fact-id = Mã tư liệu
role-original = Bản gốc
role-transcript = Bản ghi lời
role-sidecar = Tệp đi kèm
role-junk = Tệp của hệ điều hành

## Dung lượng
size-bytes = { $count ->
   *[other] {$number} byte
}
size-kb = {$number} KB
size-mb = {$number} MB
size-gb = {$number} GB
size-tb = {$number} TB

## Lời báo
not-found-heading = Không tìm thấy trang này
not-found-text = Có thể địa chỉ bị gõ nhầm, hoặc tư liệu không mở cho mọi người xem. Mời bạn tìm lại trong kho.
gone-heading = Đã xoá theo pháp luật
gone-text = Tư liệu ở địa chỉ này đã được xoá theo yêu cầu hợp pháp. Kho chỉ giữ lại việc đã xoá.
error-heading = Trang này đang gặp trục trặc
error-text = Lỗi ở phía kho, không phải do bạn, và đã được ghi lại. Mời bạn thử lại sau ít phút.

## Biên bản tiếp nhận
report-title = Biên bản tiếp nhận
report-accession = Đợt tiếp nhận
report-giver = Bên giao
report-agreement = Văn bản thoả thuận
report-walked = Tệp đã xem
report-stored = Mới đưa vào kho
report-duplicate = Trùng nội dung đã có
report-sidecar = Đi kèm tệp khác
report-link = Liên kết
report-refused = Không nhận
report-bytes = Dung lượng mới (byte)
report-path = Đường dẫn
report-fate = Kết quả
report-size = Kích thước (byte)
report-format = Định dạng
report-sha256 = SHA-256
report-note = Ghi chú
report-refused-heading = Không nhận, và lý do ({$number})
report-look-heading = Cần xem lại ({$number})
report-proposals-heading = Có thể thuộc về nhau ({$number})
report-rows-heading = Dòng trong biểu kê không có tệp ({$number})
report-tables-heading = Biểu kê đã hiểu như sau ({$number})
report-formats-heading = Định dạng ({$number})
report-notes-heading = Lưu ý ({$number})
report-more = Còn {$number} dòng nữa trong tệp CSV.

## Thư mục của đợt tiếp nhận
folders-heading = Thư mục như khi tiếp nhận
folders-way = Đường dẫn thư mục
folders-all = Đợt tiếp nhận
folders-empty = Không có gì được phép xem trong thư mục này.
role-report = Biên bản

## Đăng nhập
sign-in = Đăng nhập
sign-out = Đăng xuất
sign-in-heading = Đăng nhập
sign-in-lede = Dành cho người giữ kho, biên tập viên, nhà nghiên cứu và thành viên cộng đồng. Tư liệu mở cho mọi người thì không cần đăng nhập cũng xem được.
sign-in-wrong = Tên và mật khẩu không khớp nhau. Mời bạn kiểm tra lại rồi thử lần nữa.
sign-in-not-now = Tài khoản này hiện không dùng được: chưa đến hoặc đã hết thời hạn, hoặc người giữ kho đã khoá. Mời bạn hỏi người giữ kho.
sign-in-wait = { $count ->
   *[other] Bạn đã thử quá nhiều lần. Mời bạn chờ {$number} giây rồi thử lại.
}
signed-in-as = Bạn đang đăng nhập với tên {$name}.
forged-heading = Biểu mẫu này không được nhận
forged-text = Biểu mẫu không gửi từ một trang của kho, hoặc trang đã mở quá lâu. Chưa có gì thay đổi. Mời bạn quay lại, tải lại trang rồi gửi lần nữa.
first-run-heading = Người giữ kho đầu tiên
first-run-lede = Kho này chưa có ai trông coi. Tài khoản này được xem và sửa mọi tư liệu không niêm phong, và lập tài khoản cho người khác.
first-run-submit = Lập tài khoản
password-heading = Mật khẩu của bạn
password-lede = Đặt mật khẩu cho tài khoản của {$name}. Ai đang đăng nhập bằng mật khẩu cũ sẽ bị đăng xuất.
password-submit = Đặt mật khẩu
problems-heading = Có chỗ cần xem lại
field-choose = Mời chọn

## Tài khoản
account-name = Tên đăng nhập
account-name-hint = Tên này gõ khi đăng nhập, và được ghi trong lịch sử của tư liệu.
account-full-name = Họ và tên
account-password = Mật khẩu
account-new-password = Mật khẩu mới
account-password-hint = { $count ->
   *[other] Ít nhất {$number} ký tự; vài từ liền nhau thì dễ nhớ.
}
account-role = Vai trò
account-role-archivist = Người giữ kho
account-role-editor = Biên tập viên
account-role-researcher = Nhà nghiên cứu
account-role-member = Thành viên cộng đồng
account-role-kiosk = Màn hình tại chỗ
account-groups = Nhóm
account-groups-hint = Dành cho thành viên cộng đồng; nhiều nhóm thì cách nhau bằng dấu phẩy.
account-purpose = Mục đích
account-purpose-hint = Dành cho nhà nghiên cứu: xem tư liệu để làm gì.
account-from = Từ ngày
account-until = Đến hết ngày
account-until-hint = Nhà nghiên cứu cần có ngày này.
account-bad-name = “{$name}” không dùng làm tên được: tên gồm 1 đến 64 chữ cái, chữ số, dấu cách và . - _ @.
account-taken = Đã có tài khoản “{$name}”. Mời bạn chọn tên khác.
account-unknown = Không có tài khoản “{$name}”. Mời bạn tải lại trang.
account-no-role = Mời bạn chọn vai trò.
account-no-purpose = Mời bạn ghi nhà nghiên cứu xem tư liệu để làm gì.
account-no-until = Mời bạn ghi ngày cuối nhà nghiên cứu được xem.
account-no-groups = Mời bạn ghi ít nhất một nhóm của thành viên.
account-bad-period = Ngày cuối đứng trước ngày đầu, hoặc đã qua rồi. Mời bạn chọn ngày muộn hơn.
account-bad-day = “{$name}” không phải là ngày. Mời bạn viết như 2030-12-31.
account-short-password = Mật khẩu ngắn quá. Mời bạn dùng ít nhất 10 ký tự.
account-last-archivist = “{$name}” là người giữ kho cuối cùng còn đăng nhập được. Mời bạn thêm một người giữ kho khác trước.
account-link-over = Đường dẫn này đã dùng rồi, hoặc đã quá bảy ngày. Mời bạn xin người giữ kho đường dẫn mới.

## Bàn làm việc
desk-heading = Bàn làm việc
desk-actor = lịch sử của tư liệu ghi tên bạn là “{$name}”
desk-way = Đường về
users-heading = Tài khoản
users-lede = Ai được đăng nhập, và với vai trò gì.
users-notes = Nhóm, mục đích, thời hạn
users-state = Tình trạng
users-actions = Việc
users-from = từ {$day}
users-until = đến hết {$day}
users-state-active = Đăng nhập được
users-state-waiting = Chưa có mật khẩu
users-state-outside = Ngoài thời hạn
users-state-disabled = Đã khoá
users-link = Đường dẫn đặt mật khẩu
users-link-for = Đường dẫn đặt mật khẩu cho {$name}
users-disable = Khoá
users-disable-for = Khoá {$name}
users-enable = Mở lại
users-enable-for = Mở lại {$name}
users-add = Thêm tài khoản
users-add-text = Bạn sẽ nhận được đường dẫn để người ấy tự đặt mật khẩu; gửi bằng cách nào bạn tin là được.
users-link-heading = Đường dẫn cho {$name}
users-link-text = Đường dẫn chỉ hiện lúc này, dùng được một lần, trong bảy ngày. Xin chỉ đưa cho chính người ấy.
users-link-label = Đường dẫn đặt mật khẩu
audit-heading = Ai đã xem và sửa gì
audit-lede = Những lần xem tư liệu chưa mở cho mọi người, đăng nhập, tài khoản, và mọi thay đổi của tư liệu.
audit-filter = Chỉ tài khoản này
audit-filter-submit = Xem
audit-filter-all = Xem tất cả mọi người
audit-time = Lúc
audit-who = Ai
audit-did = Việc
audit-what = Với gì
audit-older = Cũ hơn
audit-empty = Chưa có gì được ghi lại.
audit-nobody = tên lạ
audit-more = { $count ->
   *[other] và {$number} tư liệu nữa
}
audit-saw = Xem
audit-changed = Sửa
audit-signed-in = Đăng nhập
audit-sign-in-failed = Thử đăng nhập, không được
audit-signed-out = Đăng xuất
audit-account-added = Thêm tài khoản
audit-account-disabled = Khoá tài khoản
audit-account-enabled = Mở lại tài khoản
audit-link-made = Tạo đường dẫn đặt mật khẩu
audit-password-set = Đặt mật khẩu
audit-how-page = trang tư liệu
audit-how-json = bản ghi dạng JSON
audit-how-original = tệp gốc
audit-how-thumbnail = ảnh nhỏ
audit-how-storyboard = các khung hình của phim
audit-how-waveform = hình sóng âm
audit-how-captions = phụ đề
audit-how-ohms = mục lục thời gian (OHMS)
audit-how-manifest = bản trình bày IIIF
audit-how-desk = tại bàn làm việc
audit-how-shell = ngay trên máy của kho
audit-how-link = qua đường dẫn

## Những điều ghi về tư liệu
section-identity = Là gì
section-description = Kể thêm
section-people = Người
section-place = Nơi
section-time = Thời gian
section-process = Cách làm
section-status = Hiện trạng
section-rights = Quyền và quy ước
section-files = Tư liệu
section-admin = Hồ sơ
state-unknown = chưa rõ
state-none = không có
state-not_applicable = không áp dụng
flag-yes = có
flag-no = không
date-lunar = ngày {$day} âm lịch
place-now = nay là {$place}
relation-practice = Tư liệu về thực hành nghề này
relation-made_during = Ghi trong dịp này
more-records = { $count ->
   *[other] và {$number} mục nữa
}
claim-leads = Nêu trước
not-recorded = chưa ghi
certainty-not-recorded = chưa ghi độ chắc chắn
range-from = từ {$value}
range-to = đến {$value}

## Công đoạn của kỹ thuật
steps-heading = Các công đoạn
steps-all = Mọi công đoạn
step-of = Công đoạn {$place}
step-open = Chưa ghi: {$what}.
step-unnamed = Chưa đặt tên
step-compare = So với cùng công đoạn ở nơi khác
compare-heading = {$step}, ở từng nơi
compare-places = { $count ->
   *[other] {$number} nơi đã ghi công đoạn này
}
compare-nothing = Chưa có kỹ thuật nào đã ghi công đoạn này.
step-words = Lời người làm nghề

## Dòng truyền nghề, số liệu, đánh giá
lineage-heading = Ai truyền nghề cho ai
lineage-drawing = Hình vẽ các đời truyền nghề, từ thầy sang trò
lineage-teacher = Người dạy:
series-heading = Số liệu qua các lần điều tra
series-date = Ngày
series-note = Ghi chú
advice-heading = Gợi ý cho người đánh giá
advice-lede = Tính từ số liệu và nguồn gốc đã ghi; chỉ là đề xuất, chưa có gì được ghi vào hồ sơ.
advice-write = Ghi lần đánh giá
advice-none = chưa đủ để đề xuất
advice-or = {" "}hoặc{" "}
advice-class-open = Cần số hộ làm nghề; với nơi đã công nhận, cần biết hoạt động có hiệu quả không.
advice-class-no-survey = Chưa có lần điều tra nào.
advice-class-endangered = Nghề còn người làm nhưng đang suy; khôi phục được hay không thì đoàn đánh giá xét.
advice-class-recognised = Công nhận đang có hiệu lực; lần điều tra gần nhất ghi rõ có hiệu quả hay không.
advice-class-practised = Có hộ làm nghề, chưa có công nhận nào đang có hiệu lực.
advice-vitality = Theo lần điều tra gần nhất, so với lần trước nếu có.
advice-vitality-open = Cần hai lần điều tra có số hộ, hoặc số người giữ nghề.
test-met = Đạt
test-not-met = Chưa đạt
test-open = Chưa kết luận được
test-not-recorded = Chưa ghi
test-years-from = Mốc năm: {$dates}. Còn phải xét nghề có đang phát triển không.
test-years-no-date = Nguồn gốc chưa có ý kiến nào ghi được năm.
test-households-missing = Lần điều tra gần nhất chưa ghi đủ số hộ làm nghề và tổng số hộ.

## Chỉ biết là có
stub-heading = Một tư liệu được gửi giữ, chưa mở
stub-lede = Kho đang giữ tư liệu này. Nội dung chưa mở cho bạn xem.
stub-notice = Lời nhắn của cộng đồng
stub-decides = Ai quyết định
stub-decides-sealed = Người gửi cùng hai cán bộ được chỉ định
stub-decides-sealed-with = {$who}, cùng hai cán bộ được chỉ định
stub-decides-community = Cộng đồng giữ tư liệu
stub-decides-archive = Người giữ kho
stub-ask = Cách xin xem
stub-how = Mời bạn liên hệ với kho, nêu mã tư liệu dưới đây, bạn là ai và cần xem để làm gì. Kho chuyển lời hỏi tới người quyết định.
stub-how-on-site = Mời bạn đến xem tại màn hình đặt ở địa phương.
step-kept = Người giữ nghề giữ kín cách làm công đoạn này.
step-kept-by = Cách làm công đoạn này do {$group} giữ và quyết định.

## Bàn lưu trữ: mô tả tư liệu
inbox-heading = Chờ mô tả
inbox-lede = Tư liệu mới vào, chưa ai mô tả; sửa nhiều mục trong một lần.
inbox-waiting = { $count ->
   *[other] {$number} mục chưa ai mô tả
}
inbox-all = { $count ->
   *[other] {$number} mục
}
inbox-empty = Không có mục nào.
inbox-any = Đợt nào cũng được
inbox-folder = Thư mục
inbox-from = Chụp, ghi từ
inbox-until = đến hết
inbox-described-too = Cả mục đã mô tả
inbox-show = Hiện
import-heading = Nhập bảng
import-lede = Mỗi dòng của bảng CSV hay Excel thành một bản ghi. Xem trước rồi mới ghi.
import-file = Bảng
import-largest = CSV, Excel, ODS hay JSON Lines, không quá {$size} MB. Chữ Việt mã cũ (TCVN3, VNI, Windows-1258) cũng đọc được.
import-kind = Mỗi dòng là một
import-look = Xem trước
import-no-file = Chưa chọn bảng nào, hoặc bảng rỗng.
import-too-large = Bảng lớn hơn {$size} MB. Hãy chia thành nhiều bảng, hoặc nhập bằng lệnh kho import.
import-unreadable = Không đọc được bảng này.
import-gone = Bảng này không còn chờ ở đây: đã ghi rồi, hoặc để quá lâu. Hãy chọn lại bảng.
import-no-key = Chưa biết tìm lại bản ghi bằng cột nào, hoặc một cột được chọn sai. Hãy chọn cột khoá rồi xem lại.
import-table = Bảng “{$name}”
import-encoding = Đọc theo bảng mã {$name}.
import-encoding-guessed = Đọc theo bảng mã {$name}; đây là phỏng đoán, hãy xem các mẫu bên dưới có đúng chữ không.
import-header-at = Tiêu đề cột ở dòng {$row}; các dòng phía trên được bỏ qua.
import-key = Cột khoá, để lần sau tìm lại
import-access = Bản ghi mới ai được xem
import-columns = Ý nghĩa các cột
import-column = Cột
import-samples = Thí dụ
import-means = Là ô
import-keep-beside = giữ nguyên bên cạnh
import-columns-help = Cột không là ô nào thì được giữ nguyên bên cạnh bản ghi, chỉ người lưu trữ thấy.
import-make = Tạo luôn bản ghi được nhắc đến mà kho chưa có, như nghề hay địa điểm
import-ignore = bỏ qua
import-in-english = {$field} (tiếng Anh)
import-check = Xem lại
import-keep = Ghi vào kho
import-would = Nếu ghi bây giờ
import-done = Đã ghi
import-would-create = { $count ->
   *[other] {$number} bản ghi mới
}
import-would-update = { $count ->
   *[other] {$number} bản ghi được sửa
}
import-would-leave = { $count ->
   *[other] {$number} bản ghi không đổi
}
import-would-refuse = { $count ->
   *[other] {$number} dòng không nhận
}
import-would-make = { $count ->
   *[other] {$number} bản ghi được nhắc đến sẽ được tạo
}
import-did-create = { $count ->
   *[other] {$number} bản ghi mới đã vào kho
}
import-did-update = { $count ->
   *[other] {$number} bản ghi đã được sửa
}
import-did-leave = { $count ->
   *[other] {$number} bản ghi vẫn như cũ
}
import-did-refuse = { $count ->
   *[other] {$number} dòng không nhận
}
import-did-make = { $count ->
   *[other] {$number} bản ghi được nhắc đến đã được tạo
}
import-notes = Điều cần để ý trong bảng
import-rows = Từng dòng
import-row = Dòng
import-key-short = Khoá
import-outcome = Kết quả
import-more-rows = { $count ->
   *[other] và {$number} dòng nữa
}
import-row-created = mới
import-row-updated = sửa
import-row-unchanged = không đổi
import-row-refused = không nhận
import-why-no-key = Ô khoá ở cột “{$typed}” để trống.
import-why-key-twice = Khoá này có ở nhiều dòng ({$typed}); không biết dòng nào đúng.
import-why-no-title = Thiếu tên.
import-why-no-file = Không có tệp nào ở “{$typed}”.
import-why-nobody = Không có bản ghi nào mang tên hay mã “{$typed}”.
import-why-several = Nhiều bản ghi cùng mang tên hay mã “{$typed}”; hãy ghi mã hồ sơ của bản ghi đó.
import-why-not-understood = Chưa hiểu “{$typed}”.
import-why-gap = Còn thiếu chỗ bắt buộc.
import-why-wrong = Giá trị không hợp lệ.
import-why-empty = Dòng không có gì để ghi.
batch-heading = Sửa nhiều mục cùng lúc
batch-help = Mỗi dòng một ô: tên bản ghi được nhắc đến có thể gõ bằng mã, bằng tên, hoặc bằng mã hồ sơ. Cả lần sửa là một, hoàn lại được một lần.
batch-field = Ô
batch-value = Giá trị
batch-add = thêm vào, không thay
batch-which = Những mục nào
batch-ticked = Các mục được đánh dấu
batch-all = { $count ->
   *[other] Cả {$number} mục khớp bộ lọc
}
batch-submit = Sửa
batch-changed = { $count ->
   *[other] Đã sửa {$number} mục.
}
batch-left = { $count ->
   *[other] {$number} mục để nguyên vì đã có người sửa tiếp.
}
batch-undo = Hoàn lại lần sửa này
batch-nothing-chosen = Chưa chọn mục nào. Hãy đánh dấu các mục, hoặc chọn cả bộ lọc.
batch-no-change = Chưa có ô nào được điền. Hãy chọn ô và gõ giá trị.
batch-not-understood = Chưa hiểu giá trị của ô “{$field}”; không mục nào bị sửa. Hãy sửa lại rồi gửi lần nữa.
batch-refused = Không sửa được; không mục nào bị đổi. Lý do đã được ghi lại.
merge-heading = Gộp hai mục làm một
merge-lede = Khi hai mục cùng nói về một thứ. Mục ở lại nhận tệp, liên hệ và những gì mục kia nói thêm; địa chỉ cũ của mục kia dẫn tới mục ở lại. Nhật ký giữ cả hai như trước, và lần gộp này hoàn lại được.
merge-with = Gộp với mục nào?
merge-nothing = Không thấy mục nào cùng loại. Hãy thử từ khác.
merge-stays = Mục nào ở lại?
merge-choices = Hai mục nói khác nhau
merge-no-choice = Hai mục không nói trái nhau ở ô nào.
merge-rest = Ô chỉ một mục có thì giữ lại; danh sách thì nối vào nhau. Tên không được chọn thành tên gọi khác.
merge-submit = Gộp
merge-ticked = Gộp hai mục đã đánh dấu
merge-two = Hãy đánh dấu đúng hai mục để gộp.
merge-done = Đã gộp. Mục ở lại:
merge-choose-all = Ở mỗi ô hai mục nói khác nhau, hãy chọn một bên. Chưa gộp gì.
merge-same = Đây là cùng một mục.
merge-other-kind = Hai mục khác loại nên không gộp được. Hãy đổi hoặc chọn mục cùng loại.
merge-not-of-this-kind = Loại này không gộp ở đây. Từ trong bộ từ vựng thì gộp bằng kho terms merge; đợt nhận và phiếu đồng ý luôn giữ riêng.
merge-gone = Một trong hai mục đã được gộp hoặc đã bị xoá theo luật.
merge-changed = Một trong hai mục vừa có người sửa. Hãy xem lại bên dưới rồi gộp lần nữa.
merge-kept-back = Một bản ghi đã xoá theo luật còn giữ kín điều gì của mục này; hai mục phải để riêng. Hãy chọn mục này làm mục ở lại.
task-merge = Gộp với mục khác
describe-new = Thêm: {$kind}
describe-see = Xem trang
describe-save = Lưu
describe-saved = Đã lưu.
describe-gaps = Còn thiếu trước khi mở
describe-doors = Thêm hồ sơ mới
task-describe = Mô tả
clip-heading = Gắn vào công đoạn
clip-lede = Chọn kỹ thuật, rồi công đoạn mà tư liệu này cho thấy.
clip-choose = Xem các công đoạn
clip-step = Công đoạn
clip-times = Viết như 12:40 hay 1:02:03,5. Bỏ trống cả hai là toàn bộ.
clip-start = Từ
clip-end = Đến
clip-take = Lấy mốc đang phát
clip-caption = Chú thích
clip-put = Gắn vào
clip-no-technique = Không có kỹ thuật nào tên như thế, hoặc có nhiều. Hãy chọn trong các tên hiện ra khi gõ, hoặc gõ mã.
clip-without-steps = Kỹ thuật này chưa có công đoạn nào.
clip-no-step = Công đoạn này không còn, hoặc đã có đúng đoạn tư liệu ấy.
clip-bad-time = Mốc thời gian chưa đúng. Viết như 12:40.
clip-bad-span = Mốc cuối phải đứng sau mốc đầu, và mốc đầu phải nằm trong tư liệu.
history-heading = Lịch sử
history-revision = Lần {$number}
history-current = hiện nay
history-restore = Trở về lần {$number}
history-files = { $count ->
   *[other] Có {$number} tệp
}
history-cut = Chỉ hiện 100 lần gần nhất; toàn bộ nằm trong nhật ký.
form-title = Tên
form-no-title = cần tên tiếng Việt hoặc tiếng Anh.
form-needed = cần có
form-another = Thêm nữa
form-access = Quyền xem
form-access-reason = Lý do
form-access-until = Đến hết ngày
form-access-groups = Cộng đồng được xem
form-access-stub = Cho người ngoài biết là có
form-keep-name = Nếu đổi tên, giữ cách viết cũ như cách viết gặp trong nguồn
form-why = Vì sao sửa
form-why-hint = Một dòng; lịch sử của hồ sơ giữ lại cùng với tên bạn.
form-move-up = Lưu và đưa lên
form-move-down = Lưu và đưa xuống
form-lead-one = chỉ một ý kiến được nêu trước. Hãy chọn “không” ở ý kiến kia.
form-lead-why = hãy ghi vì sao nêu ý kiến này trước.
form-missing = còn thiếu.
form-taken-away = (đã bỏ trống)
form-not-understood = không hiểu “{$typed}”.
form-nobody = không có hồ sơ nào tên là “{$typed}”. Hãy tạo hồ sơ ấy trước, hoặc sửa lại tên.
form-several = có nhiều hồ sơ tên “{$typed}”. Hãy gõ mã hồ sơ.
form-bad-date = “{$typed}” không phải ngày tháng. Viết như 2025-03-12, 1930~, khoảng 1930 hay cuối thế kỷ 18.
form-bad-number = “{$typed}” không phải con số.
form-bad-position = “{$typed}” không phải vị trí. Viết như 20.69, 106.04.
conflict-heading = Có người vừa sửa cùng ô
conflict-text = Dưới đây là lời của họ. Lời của bạn vẫn nguyên trong biểu mẫu; hãy xem lại rồi lưu lần nữa.

## Bàn làm việc: gỡ lời
transcript-heading = Gỡ lời
transcript-of = Lời trong: {$title}
transcript-by-ear = nghe và gõ
transcript-from-file = lấy từ tệp {$name}, chưa ai nghe lại
transcript-describe = Mô tả
transcript-begin = Gỡ lời
transcript-begin-more = Thêm một bản gỡ lời
transcript-doors = Bản ghi lời
transcript-edit = Sửa lời
transcript-state = Tình trạng
transcript-about = Về bản này
transcript-by = Người làm
transcript-by-hint = Người gỡ lời, người soát, cách nhau bằng dấu phẩy. Ai đổi sang đã soát hay đã xác nhận thì được ghi tên cùng ngày.
transcript-on = Lần gần nhất: {$day}.
transcript-method = Cách làm
transcript-segments = Các đoạn lời
transcript-segment = Đoạn {$number}
transcript-empty = Chưa có đoạn nào. Nghe, rồi thêm đoạn đầu tiên.
transcript-start = Từ
transcript-end = Đến
transcript-speaker = Người nói
transcript-language = Mã ngôn ngữ người ấy nói
transcript-language-short = tiếng
transcript-words = Lời, {$language}
transcript-play-here = Nghe từ đây
transcript-add = Thêm một đoạn ở sau
transcript-add-last = Thêm đoạn cuối
transcript-split = Tách làm hai
transcript-join = Nhập đoạn sau vào đây
transcript-delete = Xoá đoạn này
transcript-bad-time = giờ chưa rõ; viết như 1:02:03 hay 2:05,5.
transcript-ends-early = đoạn kết thúc trước khi bắt đầu.
transcript-no-words = chưa có lời; hãy gõ lời, hoặc xoá đoạn.
transcript-unsaved = Các đoạn đã đổi, chưa lưu. Xem lại rồi bấm Lưu.
transcript-restored = Đã mở lại phần gõ dở lần trước, chưa lưu.
transcript-discard = Bỏ phần ấy
transcript-kept-back = { $count ->
   *[other] {$number} đoạn nằm trong phút được giữ kín nên không hiện ở đây; các đoạn ấy vẫn nguyên.
}
transcript-keys = Phím tắt
transcript-key-play = nghe, dừng
transcript-key-back = lùi 3 giây
transcript-key-on = tới 3 giây
transcript-key-start = đoạn bắt đầu từ lúc này
transcript-key-end = đoạn kết thúc ở lúc này
transcript-key-next = đoạn sau
transcript-key-before = đoạn trước
transcript-key-split = tách ở con trỏ
transcript-points-hint = Mỗi mốc là một chỗ đáng tìm. Không ghi giờ kết thúc thì mốc kéo đến mốc sau.
transcript-point-new = Thêm một mốc
transcript-point-delete = Xoá mốc này
transcript-mark = Đánh dấu lúc này

## Bàn làm việc: tải lên
upload-heading = Tải tư liệu lên
upload-lede = Đưa ảnh, phim, ghi âm từ máy hay điện thoại vào kho; mạng đứt thì nối lại, không phải gửi lại từ đầu.
upload-begin = Mở một đợt mới
upload-own = Các đợt của bạn
upload-begun = Mở lúc
upload-state = Tình trạng
upload-count = Tệp đang chờ
upload-state-open = Đang nhận tệp
upload-state-bringing = Đang nhập kho
upload-state-done = Đã nhập kho
upload-state-failed = Chưa nhập được
upload-files = { $count ->
   *[other] {$number} tệp
}
upload-of = Đợt tải lên ngày {$day}
upload-how = Chọn tệp, đợi gửi xong, rồi bấm nhập kho. Có thể đóng trang và quay lại; chọn lại đúng những tệp ấy thì việc gửi tiếp tục từ chỗ dở.
upload-choose = Chọn tệp
upload-choose-hint = Chọn được nhiều tệp cùng lúc; cũng có thể kéo thả vào đây.
upload-choose-folder = Hoặc chọn cả thư mục
upload-send = Gửi
upload-here = Các tệp của đợt này
upload-none = Chưa có tệp nào.
upload-waiting = đang chờ
upload-broken = mạng đứt, sẽ gửi tiếp
upload-whole = đủ
upload-summary = Đã gửi đủ
upload-signed-out = Bạn đã ra khỏi hệ thống. Hãy đăng nhập lại rồi chọn lại các tệp; phần đã gửi vẫn còn.
upload-remove = Bỏ
upload-remove-named = Bỏ {$name}
upload-bring-heading = Nhập kho
upload-note = Ghi chú
upload-bring-hint = Mọi tệp được giữ nguyên từng byte và chưa mở cho ai xem, cho đến khi có người quyết định.
upload-bring = Nhập kho
upload-discard = Bỏ cả đợt này
upload-forget = Xoá đợt này khỏi danh sách
upload-not-found = Không có đợt hay tệp ấy.
upload-not-open = Đợt này đã đóng, không nhận thêm tệp.
upload-bad-name = Tên tệp này không giữ được: tên trống, quá dài, hay dẫn ra ngoài thư mục. Hãy đổi tên tệp rồi gửi lại.
upload-too-large = Tệp dài hơn mức nhận được, hoặc dài hơn lúc bắt đầu gửi.
upload-too-many = Quá nhiều tệp hay quá nhiều đợt đang mở. Hãy nhập kho những gì đã có trước.
upload-no-room = Ổ đĩa của kho không còn đủ chỗ cho tệp này. Hãy báo người quản trị; phần đã gửi vẫn còn.
upload-wrong-offset = Phần gửi không nối đúng chỗ đang dở.
upload-busy = Tệp này đang được gửi từ nơi khác.
upload-incomplete = Chưa tệp nào gửi xong, hoặc còn tệp gửi dở. Hãy gửi tiếp, hoặc bỏ tệp ấy.
ingest-heading = Các đợt nhập kho
ingest-files = {$files} tệp
ingest-counting = Đang đếm tệp
ingest-finishing = Đã vào đủ, đang cập nhật mục tìm kiếm
ingest-failed = Chưa nhập được; lý do nằm trong nhật ký của máy chủ. Những gì đã vào vẫn an toàn.
ingest-stored = { $count ->
   *[other] {$number} tệp mới
}
ingest-known = { $count ->
   *[other] {$number} tệp đã có
}
ingest-refused = { $count ->
   *[other] {$number} tệp không nhận
}
ingest-see = Xem đợt nhập và biên bản
ingest-unfinished = Bắt đầu ở nơi khác và chưa xong:

## Films and recordings that are played
player-seek = Tua đến
copy-played = Đang phát bản xem, làm từ bản gốc vì trình duyệt không phát được bản gốc. Bản gốc vẫn giữ nguyên, tải về ở dưới.
copy-coming = Bản xem đang được tạo; trình duyệt không phát được bản gốc. Xin trở lại sau, hoặc tải bản gốc về.
copy-failed = Không tạo được bản xem ({$reason}), và trình duyệt không phát được bản gốc. Vẫn có thể tải bản gốc về.
copy-no-program = Trình duyệt không phát được bản gốc, và máy chủ này thiếu chương trình ffmpeg để tạo bản xem. Vẫn có thể tải bản gốc về.
copies-heading = Bản xem đang được tạo
copies-lede = Phim và tiếng mà trình duyệt không phát được thì có thêm bản xem, làm lần lượt khi máy rảnh. Bản gốc giữ nguyên.
copies-waiting = { $count ->
   *[other] {$number} tư liệu đang đợi
}
copies-no-program = Chưa tạo được bản xem: máy chủ thiếu chương trình ffmpeg.
copies-no-room = Chưa tạo được bản xem: ổ đĩa của kho sắp đầy.
audit-how-copy = bản xem
words-choice = Đọc lời bằng tiếng nào
words-beside = Song song
words-find = Tìm trong lời
words-find-do = Tìm
words-none = Không thấy
words-found = { $count ->
   *[other] {$number} dòng
}
words-before = Chỗ trước
words-next = Chỗ sau
page-of = Trang {$page} / {$all}
page-turn = Lật trang
page-before = ← Trang trước
page-next = Trang sau →
page-words = Chữ trên trang này
## Ways in
ways-label = Những lối vào kho
ways-heading = Tìm theo lối khác
ways-wall = Theo nghề
ways-places = Trên bản đồ
ways-time = Theo thời gian
ways-craft = Danh mục nghề
ways-technique = Kỹ thuật
ways-step = Công đoạn
ways-motif = Hoa văn
ways-material = Nguyên liệu
ways-tool = Công cụ
ways-by-craft = Các nghề, từ rộng đến hẹp
ways-by-technique = Các kỹ thuật, từ rộng đến hẹp
ways-by-step = Các công đoạn, từ rộng đến hẹp
ways-by-motif = Các hoa văn, từ rộng đến hẹp
ways-by-material = Các nguyên liệu, từ rộng đến hẹp
ways-by-tool = Các công cụ, từ rộng đến hẹp
ways-nothing = Chưa có gì mở cho mọi người ở lối này.
ways-more = { $count ->
   *[other] Còn {$number} mục nữa, ít tư liệu hơn.
}
facet-step = Công đoạn
facet-tool = Công cụ
wall-heading = Mọi thứ, theo từng nghề
places-heading = Nơi làm nghề
places-map = Bản đồ các nơi có tư liệu
places-map-note = Mỗi chấm là một nơi theo tên và địa giới hiện nay; chấm lớn là nơi có nhiều tư liệu. Vị trí chỉ chính xác đến chừng một cây số.
places-kilometres = {$number} km
places-today = Theo đơn vị hiện nay
places-former = Theo đơn vị cũ
place-called-before = trước kia gọi {$names}
place-also-called = còn gọi {$names}
place-took-up = gồm cả {$units}
place-lay-in = đến {$until} thuộc {$units}
place-lies-in = nay thuộc {$units}
place-became = nay là {$units}
time-heading = Theo thời gian
time-decades = Từng thập kỷ
time-note = Tư liệu trải qua nhiều thập kỷ được tính ở mỗi thập kỷ ấy.
time-century = Thế kỷ {$number}
time-wide = { $count ->
   *[other] {$number} tư liệu chỉ biết khoảng thời gian rộng, hơn bốn mươi năm, nên không xếp vào thập kỷ nào.
}
time-undated = { $count ->
   *[other] {$number} tư liệu chưa ghi thời gian.
}
time-own = Khoảng năm khác
time-origins = Nghề có từ bao giờ
time-origins-note = Mỗi vạch là một điều mà nguồn nào đó cho biết; các nguồn có thể không khớp nhau. Điều được nêu trước tô màu đậm.
related-heading = Tư liệu liên quan
related-person = Cùng nghệ nhân
related-technique = Cùng kỹ thuật
related-motif = Cùng hoa văn
related-practice = Cùng nghề
related-place = Cùng làng, cùng nơi
related-material = Cùng nguyên liệu
related-tool = Cùng công cụ
related-day = Cùng ngày ghi

## Sets
set-heading = Bộ tư liệu chọn riêng
set-lede = Địa chỉ của trang này chính là bộ tư liệu: lưu lại hay gửi cho người khác đều được, không cần tài khoản.
set-title = Tên của bộ
set-title-keep = Đặt tên
set-add = Thêm vào bộ tư liệu
set-add-this = Thêm vào bộ: {$title}
set-up = Đưa lên trước: {$title}
set-down = Đưa xuống sau: {$title}
set-without = Bỏ khỏi bộ: {$title}
set-more = Tìm thêm cho bộ này
set-full = Bộ đã đủ 200 mục, không thêm được nữa.
set-missing = { $count ->
   *[other] {$number} địa chỉ trong bộ không dẫn tới tư liệu nào mở cho bạn.
}
set-pdf = Tải bản in (PDF)
set-csv = Tải bảng (CSV)
set-iiif = Bộ sưu tập IIIF
## Phóng to, trích phần, trích dẫn, so sánh ảnh
zoom-open = Phóng to
zoom-opened = Đã mở ảnh để xem kỹ. Phím mũi tên để di chuyển, cộng và trừ để phóng, Esc để đóng.
zoom-closed = Đã đóng một ảnh.
zoom-level = Đang xem ở {$percent}%
zoom-turned = Đã xoay {$degrees} độ
zoom-failed = Chưa mở được ảnh để xem kỹ. Ảnh và tệp gốc vẫn ở trang này.
zoom-scale = Thước {$length}, theo độ phân giải ghi trong bản quét
zoom-sight = {$title}: xem kỹ
zoom-bar = Điều khiển ảnh
zoom-measured = {$width} × {$height} cm
fact-measured = Kích thước thật, theo bản quét
zoom-in = Phóng to thêm
zoom-out = Thu nhỏ
zoom-home = Xem cả ảnh
zoom-turn = Xoay 90 độ
zoom-whole = Toàn màn hình
zoom-cut = Trích phần đang xem
zoom-close = Đóng
cut-region = Một phần của ảnh
cut-region-alt = Một phần của ảnh: {$title}
cut-span = Đoạn {$span}
cut-place = Phần này nằm ở đâu trong cả ảnh
cut-whole-picture = Xem cả ảnh
cut-whole-recording = Xem, nghe cả bản ghi
cut-lines = Lời trong đoạn này
cut-facts = Xuất xứ
cut-rights = Quyền sử dụng
cut-address = Địa chỉ bền
cut-digest = Dấu vân tay BLAKE3
cut-sha256 = SHA-256
cut-iiif = Địa chỉ IIIF
cut-embed = Nhúng vào trang khác
cut-embed-note = Trang nhúng chỉ gồm phần này, tên và dòng ghi công; nó biến mất nếu tư liệu đóng lại.
cut-heading = Trích đoạn
cut-from = Từ
cut-to = Đến
cut-take = Lấy mốc đang phát
cut-submit = Tạo địa chỉ cho đoạn này
cut-hint = Viết phút và giây như 12:40, hoặc số giây.
cut-wrong = Chưa hiểu hai mốc này, hoặc đoạn ấy nằm ngoài bản ghi. Hãy viết như 12:40 và 13:05, mốc đầu trước mốc cuối.
cite-heading = Trích dẫn
cite-vietnamese = Kiểu Việt Nam
cite-apa = APA
cite-bibtex = BibTeX
cite-csl = CSL-JSON
cite-copy = Chép
cite-copied = Đã chép.
cite-download = Tải tệp
cite-undated = không rõ năm
cite-id = mã {$id}
cite-accessed = truy cập ngày {$day}
cite-region = vùng ảnh {$region}
cite-about = khoảng {$date}
cite-perhaps = {$date}?
cite-decade = thập niên {$year}
cite-century = { $count ->
   *[other] thế kỷ {$number}
}
compare-begin = So sánh với ảnh khác…
compare-pictures = So sánh ảnh
compare-missing = Có mục trong địa chỉ này không ở đây, hoặc chưa mở cho bạn.
compare-open = Phóng to cùng lúc
compare-together = Di chuyển cùng nhau
compare-without = Bỏ “{$title}”
compare-add = Thêm ảnh vào so sánh
compare-search = Tìm ảnh để so sánh
compare-look = Tìm
compare-no-offers = Không tìm thấy ảnh nào khác.
audit-how-cut = phần trích
audit-how-cite = trích dẫn
## Giao diện
theme-label = Giao diện sáng, tối
theme-system = Theo máy
theme-light = Sáng
theme-dark = Tối
theme-contrast = Tương phản cao
fact-address = Địa chỉ
## Màn hình ở nhà văn hoá

kiosk-language-vi = Tiếng Việt
kiosk-language-en = English
kiosk-home = Trang đầu
kiosk-back = Trở lại
kiosk-search = Tìm
kiosk-lede = Chạm vào một ô để bắt đầu xem.
kiosk-touch = Chạm để bắt đầu
kiosk-empty = Chưa có gì để xem ở đây.
kiosk-door-craft = Nghề
kiosk-door-craft-note = Đúc đồng, đan lát, dệt, làm hương…
kiosk-door-place = Làng, xã
kiosk-door-place-note = Nghề ở quê mình, quê bạn
kiosk-door-kind = Mọi thứ
kiosk-door-kind-note = Phim, ảnh, lời kể, hoa văn, dụng cụ…
kiosk-search-invite = Tìm một nghề, một làng, một người
kiosk-featured = Nên xem
kiosk-all-kinds = Tất cả
kiosk-nothing = Không tìm thấy. Hãy thử ít từ hơn, hoặc một tên khác.
kiosk-approximate = Gần giống
kiosk-type-again = Gõ lại
kiosk-pages = Các trang
kiosk-page-of = Trang { $place }
kiosk-previous = Trang trước
kiosk-next = Trang sau
kiosk-keyboard = Bàn phím
kiosk-offers = Gợi ý
kiosk-rub = Xoá một chữ
kiosk-empty-field = Xoá hết
kiosk-space = Dấu cách
kiosk-tone-acute = sắc
kiosk-tone-grave = huyền
kiosk-tone-hook = hỏi
kiosk-tone-tilde = ngã
kiosk-tone-dot = nặng
kiosk-play = Phát
kiosk-pause = Dừng
kiosk-seek = Vị trí trong bản ghi
kiosk-subtitles = Phụ đề
kiosk-no-subtitles = Không
kiosk-read = Đọc lời
kiosk-closer = Xem thật gần
kiosk-zoom-in = Phóng to
kiosk-zoom-out = Thu nhỏ
kiosk-zoom-whole = Cả hình
kiosk-close = Đóng
kiosk-facts = Chi tiết
kiosk-related = Xem tiếp
kiosk-still-heading = Quý vị còn xem không?
kiosk-still-text = Màn hình sắp trở về trang đầu.
kiosk-still-here = Tôi đang xem
kiosk-wait-heading = Xin chờ một chút
kiosk-wait-text = Màn hình sẽ tự trở lại.
date-about = khoảng {$date}
date-doubtful = {$date} (chưa chắc)
date-since = từ {$date}
date-until = đến {$date}
