package text

import (
	"strings"
	"testing"
)

// languages are short texts as they stand in source files and documents.
var languages = []struct{ charset, text string }{
	{"windows-1252", "café\n"},
	{"windows-1252", "// Größe der Tür\nint x = 3;\n"},
	{"windows-1252", "L'été dernier, nous sommes allés à la plage où il faisait très chaud.\n"},
	{"windows-1252", "naïve façade £5 “quoted”"},
	{"windows-1252", "El niño comió mañana en España, ¿verdad?"},
	{"windows-1252", "Rødgrød med fløde på en å\n"},
	{"windows-1252", "A informação não está disponível\n"},
	{"windows-1252", "© 2026 Example – all rights reserved"},
	{"windows-1251", "Привет, мир\n"},
	{"windows-1251", "Это простой текст на русском языке для проверки кодировки файла.\n"},
	{"windows-1251", "// комментарий\nint x;\n"},
	{"koi8-r", "Это простой текст на русском языке для проверки кодировки файла.\n"},
	{"koi8-r", "Привет, мир\n"},
	{"ibm866", "Это простой текст на русском языке для проверки.\n"},
	{"gbk", "你好，世界\n"},
	{"gbk", "这是一个用来测试编码检测的简体中文文本。\n"},
	{"gbk", "// 注释\nint x;"},
	{"gb18030", "这是一个用来测试编码检测的简体中文文本𠀀。\n"},
	{"big5", "你好，世界\n"},
	{"big5", "這是一個用來測試編碼偵測的繁體中文文字。\n"},
	{"shift_jis", "こんにちは世界\n"},
	{"shift_jis", "これは文字コード検出のテストです。日本語の文章。\n"},
	{"shift_jis", "// コメント\nint x;"},
	{"euc-jp", "こんにちは世界\n"},
	{"euc-jp", "これは文字コード検出のテストです。日本語の文章。\n"},
	{"euc-kr", "안녕하세요 세계\n"},
	{"euc-kr", "이것은 인코딩 감지를 위한 한국어 텍스트입니다.\n"},
	{"windows-1250", "Příliš žluťoučký kůň úpěl ďábelské ódy\n"},
	{"iso-8859-2", "Zażółć gęślą jaźń\n"},
	{"windows-1250", "Zażółć gęślą jaźń\n"},
	{"windows-1253", "Καλημέρα κόσμε\n"},
	{"windows-1254", "Türkçe karakterler: ğüşıöç\n"},
	{"windows-1255", "שלום עולם, זה טקסט בעברית\n"},
	{"windows-1256", "مرحبا بالعالم هذا نص عربي\n"},
	{"windows-874", "สวัสดีชาวโลก นี่คือข้อความภาษาไทย\n"},
	{"windows-1255", "אני לומד עברית בבית הספר כל יום\n"},
	{"windows-1251", "Съешь ещё этих мягких французских булок, да выпей чаю.\n"},
	{"koi8-r", "Съешь ещё этих мягких французских булок, да выпей чаю.\n"},
	{"windows-1251", "Я и ты\n"},
	{"windows-1251", "ОШИБКА: ФАЙЛ НЕ НАЙДЕН\n"},
	{"windows-1252", "Übergröße möglich; Straße, Äpfel, daß\n"},
	{"windows-1252", "La città è già lontana, però il caffè è più buono là\n"},
	{"windows-1252", "It’s “fine”\n"},
	{"windows-1252", "25 °C ± 1 µm × 2\n"},
	{"windows-1252", "Hyvää päivää, kiitos\n"},
	{"windows-1252", "São Paulo, coração, não\n"},
	{"windows-1252", "José García\n"},
	{"windows-1252", "señor\n"},
	{"windows-1252", "Müller"},
	{"windows-1250", "Witaj świecie, to jest test żółtej łodzi\n"},
	{"windows-1250", "Dobrý den, jak se máte? Děkuji, mám se dobře.\n"},
	{"windows-1253", "Αυτό είναι ένα κείμενο στα ελληνικά για δοκιμή.\n"},
	{"windows-1254", "Bu dosya Türkçe yazılmıştır ve şöyle devam eder.\n"},
	{"windows-1257", "Labas rytas, šis tekstas yra lietuvių kalba, ačiū.\n"},
	{"gbk", "错误：无法打开文件\n"},
	{"gbk", "中文"},
	{"gbk", "配置文件读取失败，请检查路径是否正确。\n"},
	{"big5", "錯誤：無法開啟檔案\n"},
	{"big5", "繁體中文測試"},
	{"shift_jis", "エラー：ファイルを開けません\n"},
	{"shift_jis", "日本語"},
	{"euc-jp", "日本語のテキストファイル\n"},
	{"euc-kr", "파일을 열 수 없습니다\n"},
	{"euc-kr", "한글"},
	{"utf-16le", "plain\r\ntext\r\n"},
	{"utf-16be", "plain\r\ntext\r\n"},
	{"utf-16le", "上海 北京\n你好\n"},
	{"utf-16be", "Привет, мир\n"},
	{"utf-8", "plain ASCII\n"},
	{"utf-8", "Grüße, Привет, 你好, 👋\n"},
	{"utf-8", ""},
}

func encoded(t testing.TB, s string, f Format) []byte {
	t.Helper()
	b, err := Encode(s, f)
	if err != nil {
		t.Fatalf("%q in %s: %v", s, f.Charset, err)
	}
	return b
}

func TestSniffLanguages(t *testing.T) {
	for _, l := range languages {
		raw := encoded(t, l.text, Format{Charset: l.charset})
		f, ok := Sniff(raw, true)
		if !ok || f.Charset != l.charset {
			t.Errorf("%q in %s is taken for %q, text %v", l.text, l.charset, f.Charset, ok)
		}
		long := encoded(t, strings.Repeat(l.text, 100), Format{Charset: l.charset})
		for n := len(long) - 9; n < len(long) && n > 0; n++ {
			if strings.HasPrefix(l.charset, "utf-16") && n%2 == 1 {
				continue
			}
			if f, ok := Sniff(long[:n], false); !ok || f.Charset != l.charset {
				t.Errorf("%d bytes of %q in %s are taken for %q, text %v", n, l.text, l.charset, f.Charset, ok)
			}
		}
	}
}
