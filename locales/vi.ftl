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
