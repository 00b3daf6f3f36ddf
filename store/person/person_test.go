package person

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestAllWaysToWriteAnAddressAreOne(t *testing.T) {
	for want, ways := range map[string][]string{
		"maria@example.org": {
			"maria@example.org", " MARIA@Example.ORG ", "maria@example.org\u200b", "\ufeffmaria@example.org", "mar\u00adia@example.org",
			"maria\u200c@example.org", "\u202amaria@example.org\u202c", "maria@example.org\u00a0", "\tmaria@example.org\r\n", "maria@example.org.",
			"mailto:maria@example.org", "MAILTO:Maria@example.org?subject=Hi&body=x@y.zz", "mailto:maria%40example.org", "Maria <maria@example.org>",
			`"Maria @ work" <maria@example.org>`, "<maria@example.org>", "(maria@example.org)", "maria@example.org, anna@example.org",
			"maria@example.org / 0171 2345678 (please call)", "e-mail: maria@example.org;", "maria @ example.org", "ｍａｒｉａ＠ｅｘａｍｐｌｅ．ｏｒｇ",
			"'maria@example.org'", "maria\u2060@\u2060example.org", "maria@example.org\x00", "maria%40example.org", "maria&#64;example.org", "maria&commat;example.org",
			"maria (at) example.org", "maria[at]example[dot]org", "maria {AT} example (punkt) org", "maria@example。org", "„maria@example.org“", "»maria@example.org«",
			"“maria@example.org”", "¿maria@example.org?", "`maria@example.org`", "*maria@example.org*", "{maria@example.org}", `["maria@example.org"]`, "mailto://maria@example.org",
			"https://maria@example.org/", "email=maria@example.org", "smtp:maria@example.org", `"maria"@example.org`, "maria(private)@example.org", "maria@@example.org",
			"maria@example..org", `maria\@example.org`, "maria@example .org", "メール：maria@example.org（仕事）", "maria@example.org、anna@example.org", "maria@example.org|anna@example.org",
		},
		"jörg@example.org":                {"jörg@example.org", "jo\u0308rg@example.org", "JÖRG@example.org", "JO\u0308RG@EXAMPLE.ORG"},
		"info@xn--bcher-kva.example":      {"info@bücher.example", "info@BÜCHER.example", "info@bu\u0308cher.example", "info@xn--bcher-kva.example", "Info <info@XN--BCHER-KVA.example>"},
		"o'brien+tag@mail.example.co.uk":  {"O'Brien+tag@mail.example.co.uk", "<O'Brien+tag@mail.example.co.uk>", "O’Brien+tag@mail.example.co.uk", "O&#39;Brien+tag@mail.example.co.uk"},
		"jane@localhost":                  {"jane@localhost", "JANE@LOCALHOST"},
		"jane":                            {"jane", " Jane ", "\u200bJANE"},
		"":                                {"", " ", "\u200b", "\ufeff \u00a0", "\t\n"},
		"jane@example.com":                {"jane@example.com", "jane @example.com", "JANE@ example.com"},
		"firstname.lastname@example.info": {"Firstname.Lastname@example.info", "firstname.lastname@example.info!", "[firstname.lastname@example.info]"},
	} {
		for _, way := range ways {
			require.Equal(t, want, Email(way), "%q", way)
		}
	}
}

// A visitor who gives two addresses is found by both.
func TestEachAddressOfATextIsKept(t *testing.T) {
	for value, want := range map[string][]string{
		"jane@example.com": {"jane@example.com"}, "jane@example.com, Tom@example.com": {"jane@example.com", "tom@example.com"}, "a@x.example;b@x.example": {"a@x.example", "b@x.example"},
		"Jane <jane@example.com>, Tom <tom@example.com>": {"jane@example.com", "tom@example.com"}, "jane@example.com / 0171 2345678 (or tom@bücher.example)": {"jane@example.com", "tom@xn--bcher-kva.example"},
		"jane@example.com (work) JANE@example.com": {"jane@example.com"}, "none": {"none"}, "": nil, "\u200b": nil, "mailto:jane@example.com?cc=tom@example.com": {"jane@example.com"},
		"jane (at) example.com or tom (at) example.com": {"jane@example.com", "tom@example.com"}, "jane@example.com\ntom@example.com": {"jane@example.com", "tom@example.com"},
	} {
		require.Equal(t, want, Emails(value), "%q", value)
	}
}

func TestAllWaysToWriteANumberAreFound(t *testing.T) {
	for name, ways := range map[string][]string{
		"Paris": {
			"+33612345678", "+33\u202f6\u202f12\u202f34\u202f56\u202f78", "+33 6 12 34 56 78", "06 12 34 56 78", "0033612345678", "+33 (0)6 12 34 56 78",
			"06.12.34.56.78", "06-12-34-56-78", "tel:+33612345678", "33612345678", "＋３３ ６１２３４５６７８", "+33\u00a06\u00a012\u00a034\u00a056\u00a078",
			"+33\t6\t12\t34\t56\t78", "\u202a+33612345678\u202c", "+33 6\u201112\u201334\u201456\u221278", "\u200e+33612345678", "+33 (0) 6 12 34 56 78",
		},
		"Berlin": {
			"+49 30 555-0123", "+49305550123", "0049305550123", "0049 (0)30 555 0123", "+49 (0)30 5550123", "030 5550123", "030/5550123", "(030) 555 01 23",
			"+49 30 5550123 ext. 12", "030 5550123 ext 12", "030 5550123 x12", "030 5550123x12", "030 5550123 Durchwahl 12", "030 5550123, 12", "030 5550123 #12",
			"tel:+49-30-5550123;ext=12", "TEL:+49305550123", "sms:+49305550123", "49305550123", "+49 030 5550123", "+49\u200930\u2009555\u20090123",
			"+49305550123\ufeff", "Tel. 030 5550123", "030 5550123 (after five)", "phone: +49 30 555-0123", "＋４９３０５５５０１２３",
			"+\u0664\u0669\u0663\u0660\u0665\u0665\u0665\u0660\u0661\u0662\u0663", "[0]30 5550123", "sip:+49305550123@voip.example", "49305550123@s.whatsapp.net",
			"https://wa.me/49305550123", "https://api.whatsapp.com/send?phone=49305550123", "+49 30 5550123p12", "+49 30 5550123 w12", "%2B49305550123", "+49&nbsp;30&nbsp;5550123",
			"49305550123.0", "4.9305550123E10", "4.9305550123e+10", "+49_30_5550123", "+49*30*5550123", "+49•30•5550123", "011 49 30 5550123", "010 49 30 5550123", "0011 49 30 5550123",
			"+49 30 5550123 (24h)", "030 5550123 int. 5", "030 5550123 (ab 18h)", "030 5550123 / jane@example.com", "+49 30 5550123; jane5551234@example.com",
		},
		"New York":                 {"+1 (212) 555-0123", "2125550123", "(212) 555-0123", "1-212-555-0123", "12125550123", "+1.212.555.0123", "001 212 555 0123", "212.555.0123 ext 4"},
		"Beijing":                  {"+86 138 1234 5678", "13812345678", "138-1234-5678", "8613812345678", "0086 138 1234 5678"},
		"Moscow":                   {"+7 912 345-67-89", "8 (912) 345-67-89", "89123456789", "79123456789", "912 345 67 89"},
		"Moscow 2":                 {"+7 495 123-45-67", "8 (495) 123-45-67", "84951234567"},
		"Vilnius":                  {"+370 612 34567", "8 612 34567", "861234567", "37061234567"},
		"Minsk":                    {"+375 29 123-45-67", "8 029 123-45-67", "80291234567", "375291234567"},
		"Budapest":                 {"+36 1 234 5678", "06 1 234 5678", "0612345678", "3612345678"},
		"Rome":                     {"+39 06 1234567", "06 1234567", "0039 06 1234567"},
		"Reykjavik":                {"+354 555 1234", "5551234", "555-1234"},
		"Reykjavik, with its code": {"+354 555 1234", "3545551234", "00354 5551234"},
		"Dubai":                    {"+971 50 123 4567", "050 123 4567", "00971501234567", "971501234567"},
		"Mexico":                   {"+52 1 55 1234 5678", "+52 55 1234 5678", "5215512345678", "525512345678", "0052 1 55 1234 5678", "55 1234 5678"},
		"Buenos Aires":             {"+54 9 11 2345-6789", "+54 11 2345 6789", "5491123456789", "11 2345 6789", "011 2345 6789"},
		"sample":                   {"+1234567890", "1234567890", "+1 (234) 567-890"},
		"words":                    {"call 555", "CALL 555", " call\u00a0555 "},
	} {
		for _, kept := range ways {
			for _, typed := range ways {
				require.Contains(t, PhoneKeys(typed), Phone(kept), "%s: kept as %q, typed %q", name, kept, typed)
			}
		}
	}
}

func TestEachNumberOfATextIsKept(t *testing.T) {
	for value, numbers := range map[string][]string{
		"0171 2345671 / 030 5550991": {"0171 2345671", "030 5550991"}, "0171 2345672 oder 030 5550992": {"0171 2345672", "030 5550992"}, "+49 171 2345673, +49 30 5550993": {"0171 2345673", "030 5550993"},
		"030/5550991 0171/2345671": {"030/5550991", "0171/2345671"}, "+49 171 2345671 +49 30 5550991": {"01712345671", "0305550991"}, "01712345671/0305550991": {"01712345671", "0305550991"},
		"(212) 555-0147 / (212) 555-0148": {"212 555 0147", "212 555 0148"}, "0171 2345678\n030 5550991": {"0171 2345678", "030 5550991"}, "private: 0171 2345671; work: 030 5550991": {"0171 2345671", "030 5550991"},
		"+33612345678+33712345678": {"06 12 34 56 78", "07 12 34 56 78"}, "030 5550991": {"030 5550991"}, "0171 2345678 & 0171 2345679": {"0171 2345678", "0171 2345679"},
	} {
		for _, number := range numbers {
			require.Contains(t, Phones(value), Phone(number), "%q", value)
		}
		require.Len(t, Phones(value), len(numbers), "%q", value)
	}
}

func TestOtherNumbersAreNotFound(t *testing.T) {
	for _, pair := range [][2]string{
		{"+49 30 5550123", "+49 30 5550124"},
		{"+49 30 5550123", "5550123"},
		{"+1 212 555 0123", "+1 312 555 0123"},
		{"call 555", "555"},
		{"jane@5551234.com", "5551234"},
		{"jane5551234@example.com", "5551234"},
		{"4.9305E10", "49305000000"},
		{"0171 2345678 / 030 5550991", "0171 2345678030"},
		{"a5551234b", "5551234"},
		{"order-5551234", "5551234"},
		{"5551234/a", "5551234"},
		{"+33 6 12 34 56 78", "+33 7 12 34 56 78"},
	} {
		require.NotContains(t, PhoneKeys(pair[1]), Phone(pair[0]), pair)
		require.NotContains(t, PhoneKeys(pair[0]), Phone(pair[1]), pair)
	}
}

func TestANumberThatIsNone(t *testing.T) {
	for _, nothing := range []string{"", " ", "+", "\u200b", "()", "-", "+-/."} {
		require.Empty(t, Phone(nothing), "%q", nothing)
	}
}

func TestExternalIDs(t *testing.T) {
	for value, want := range map[string]string{
		"crm-77": "crm-77", " crm-77 ": "crm-77", "\u00a0crm-77\u200b": "crm-77", "\tcrm-77\r\n": "crm-77", "\ufeffCRM-77": "CRM-77", "crm\u201177": "crm-77", "crm\u201077": "crm-77", "crm  77": "crm 77",
		"crm\u202f77": "crm 77", "e\u0301-1": "é-1", "": "", " ": "",
	} {
		require.Equal(t, want, ExternalID(value), "%q", value)
	}
}

func TestMasksLetThroughOnlyWhatTheyKnow(t *testing.T) {
	for value, want := range map[string]string{
		"jane@example.com": "j•••@example.com", " Élodie@example.fr ": "É•••@example.fr", "jane@example.com / 0171 2345678 (please call John Doe)": "•••",
		"jane@example.com, tom@example.com": "•••", "jane": "•••", "": "", "@example.com": "•••", "jane@": "•••", "jane@example": "•••", "Jane <jane@example.com>": "•••",
		"jane@example.com\n0171": "•••", "jane@example.com?x=1": "•••", "jane@0171.2345678": "•••", "jane@example.com@tom.example": "•••", "jane@exa mple.com": "•••",
		"jane@-example.com": "•••", "jane@example..com": "•••", "\u202ejane@example.com": "j•••@example.com", "jane@bücher.example": "j•••@bücher.example", "ｊane@example.com": "j•••@example.com",
		"jane@example.com:0171": "•••", "jane@example.com/John": "•••", "jane@+49171.2345678": "•••",
	} {
		require.Equal(t, want, MaskEmail(value), "%q", value)
	}
	for value, want := range map[string]string{
		"+1 (234) 567-890": "•••90", "12345": "•••45", "1234": "•••", "": "", "call me at 5551234": "•••", "+33\u202f6\u202f12\u202f34\u202f56\u202f78": "•••78", "+": "•••",
		"５５５１２３４": "•••34", "5551234 John": "•••", "jane@example.com": "•••", "5551234x77": "•••",
	} {
		require.Equal(t, want, MaskPhone(value), "%q", value)
	}
	for value, want := range map[string]string{"Jane": "J•••", "É lan": "É•••", "": "", "J": "•••", "王伟": "•••", "\u202eJane": "J•••", "(none)": "•••", "Jo\u200b": "•••"} {
		require.Equal(t, want, MaskName(value), "%q", value)
	}
}

// What is kept is found by what was given, whatever it is: a wrong "nothing is kept" is the worst answer there is.
func TestWhatWasGivenIsFoundByIt(t *testing.T) {
	part := rapid.SampledFrom([]string{"jane", "@", "example.com", "+49", "(0)", "030", "5550123", " ", "\u200b", "\u202f", "ext.", "12", "<", ">", "mailto:", "tel:", "ö", "o\u0308", "00", "8", "x", ",", ";", "\xff", "-", "/", "?", "%40"})
	rapid.Check(t, func(t *rapid.T) {
		value := fmt.Sprint(rapid.SliceOfN(part, 0, 8).Draw(t, "parts"))
		value = value[1 : len(value)-1]
		require.Contains(t, PhoneKeys(value), Phone(value))
		require.Equal(t, Email(value), Email(Email(value)), "an address in its one form is that form")
		require.Equal(t, ExternalID(value), ExternalID(ExternalID(value)))
		for _, masked := range []string{MaskEmail(value), MaskPhone(value), MaskName(value)} {
			require.NotContains(t, masked, "5550123")
		}
	})
}

func BenchmarkKeys(b *testing.B) {
	for b.Loop() {
		Email("user.name@example.com")
		Phone("+1234567890")
		ExternalID("submission-12345")
	}
}

func BenchmarkKeysOfAVisitor(b *testing.B) {
	for b.Loop() {
		Email("User.Name@Example.com ")
		Phone("+49 (0)30 555-0123")
		ExternalID(" crm-77 ")
	}
}
