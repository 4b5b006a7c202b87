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
kinds-accession = Các đợt tiếp nhận

## Trang tư liệu
record-description = Mô tả
record-transcripts = Bản ghi lời
record-facts = Về tư liệu này
record-files = Các tệp trong kho
record-json = Tư liệu này dạng JSON
record-digest = Mã kiểm chứng
record-digest-why = Dãy số tính từ nội dung tệp: tệp đổi một chút là dãy số đổi theo.
transcript-in = Bản ghi lời {$language}
open-image = Mở ảnh gốc
open-film = Mở tệp phim
open-sound = Mở tệp âm thanh
open-text = Đọc toàn văn
open-document = Mở tài liệu
open-original = Tải bản gốc
picture-alt = Ảnh: {$title}
storyboard-alt = Các khung hình của phim “{$title}”, từ đầu đến cuối
waveform-alt = Độ to nhỏ của bản ghi âm “{$title}”, từ đầu đến cuối
poster-alt = Hình trích từ phim: {$title}
page-alt = Trang đầu của tài liệu: {$title}
text-cut = Trang này chỉ hiện phần đầu của văn bản.
no-preview = Trình duyệt không mở trực tiếp được dạng tệp này, nhưng bản gốc vẫn nguyên vẹn trong kho.
preview-failed = Chưa dựng được bản xem trước ({$reason}). Bản gốc vẫn được giữ nguyên trong kho.

## Thông tin về tư liệu
fact-taken = Ngày chụp, ghi
fact-size-pixels = Kích thước (điểm ảnh)
fact-duration = Thời lượng
fact-pages = Số trang
fact-format = Định dạng
fact-original-name = Tên gốc
fact-file-size = Dung lượng
fact-id = Mã tư liệu
fact-added = Ngày vào kho
fact-place = Nơi chụp, ghi
fact-orientation = Chiều ảnh
orientation-1 = thẳng
orientation-2 = lật ngang
orientation-3 = xoay 180°
orientation-4 = lật dọc
orientation-5 = lật ngang, xoay 90° sang trái
orientation-6 = xoay 90° sang phải
orientation-7 = lật ngang, xoay 90° sang phải
orientation-8 = xoay 90° sang trái
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
describe-new = Thêm: {$kind}
describe-see = Xem trang
describe-save = Lưu
describe-saved = Đã lưu.
describe-gaps = Còn thiếu trước khi mở
describe-doors = Thêm hồ sơ mới
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
