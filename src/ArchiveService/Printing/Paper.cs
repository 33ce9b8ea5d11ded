using System.Net;
using System.Text;

namespace ArchiveService.Printing;

/// <summary>A page of HTML for paper, written piece by piece. Everything that is not a tag goes through <see cref="Text"/>.</summary>
public sealed class Paper
{
    private readonly StringBuilder html = new();

    /// <summary>Markup of our own.</summary>
    public Paper Tag(string markup)
    {
        html.Append(markup);
        return this;
    }

    /// <summary>Text from anywhere, escaped.</summary>
    public Paper Text(string? text)
    {
        html.Append(WebUtility.HtmlEncode(text));
        return this;
    }

    /// <summary>Text in an element.</summary>
    public Paper Put(string element, string? text) => Tag($"<{element}>").Text(text).Tag($"</{element.Split(' ')[0]}>");

    /// <summary>A name and its value; nothing when there is none.</summary>
    public Paper Fact(string name, string? value) => string.IsNullOrWhiteSpace(value) ? this : Tag("<div>").Put("dt", name).Put("dd", value).Tag("</div>");

    /// <summary>Lines as they were broken; the direction of the text follows its letters.</summary>
    public Paper Words(string text) => Tag("<div class=\"words\" dir=\"auto\">").Text(text).Tag("</div>");

    /// <param name="foot">Stands on every page, beside the page number.</param>
    public string Page(string title, string foot, string language = "sv") => $"""
        <!doctype html><html lang="{language}"><head><title>{WebUtility.HtmlEncode(title)}</title><style>
        @page {"{"} size: A4; margin: 22mm 20mm 24mm 25mm; @bottom-left {"{"} content: {InStyle(foot)}; font: 8.5pt "DejaVu Sans", sans-serif {"}"} @bottom-right {"{"} content: "Sida " counter(page) " av " counter(pages); font: 8.5pt "DejaVu Sans", sans-serif {"}"} {"}"}
        body {"{"} margin: 0; font: 10.5pt/1.45 "DejaVu Sans", "Liberation Sans", "Noto Sans", "Noto Sans Arabic", sans-serif; color: #000 {"}"}
        h1 {"{"} font-size: 22pt; line-height: 1.2; margin: 0 0 4mm {"}"} h2 {"{"} font-size: 14pt; margin: 0 0 3mm {"}"} h3 {"{"} font-size: 11pt; margin: 5mm 0 2mm {"}"} h2, h3 {"{"} break-after: avoid {"}"} dl + h2, ul + h2, .words + h2 {"{"} margin-top: 6mm {"}"}
        .cover {"{"} padding-top: 45mm {"}"} .cover .authority {"{"} font-size: 13pt; margin: 0 0 12mm {"}"} .sheet {"{"} break-before: page {"}"}
        .secret {"{"} border: 1.5mm solid #000; padding: 4mm; font-size: 16pt; font-weight: 700; margin: 0 0 8mm {"}"}
        dl {"{"} margin: 0 {"}"} dl div {"{"} display: flex; gap: 4mm; border-bottom: .2mm solid #999; padding: 1mm 0; break-inside: avoid {"}"} dt {"{"} flex: 0 0 45mm; color: #333 {"}"} dd {"{"} margin: 0; flex: 1; overflow-wrap: anywhere {"}"}
        table {"{"} width: 100%; border-collapse: collapse {"}"} caption {"{"} text-align: left; font-weight: 700; margin-bottom: 2mm {"}"} th, td {"{"} text-align: left; vertical-align: top; padding: 1mm 2mm 1mm 0; border-bottom: .2mm solid #999; overflow-wrap: anywhere {"}"} tr {"{"} break-inside: avoid {"}"} .n {"{"} white-space: nowrap {"}"} .r {"{"} text-align: right {"}"}
        a {"{"} color: #000; text-decoration: none {"}"} .words {"{"} white-space: pre-wrap; overflow-wrap: anywhere; border-left: .6mm solid #000; padding: 1mm 0 1mm 4mm; margin: 4mm 0 {"}"} .note {"{"} font-style: italic {"}"} .mask {"{"} border: .4mm solid #000; background: #ddd; padding: 0 1mm; font-weight: 700 {"}"}
        img {"{"} max-width: 100%; max-height: 180mm; margin-top: 2mm {"}"} figure {"{"} margin: 4mm 0; break-inside: avoid {"}"} figcaption {"{"} font-size: 9pt {"}"}
        .sign {"{"} display: flex; gap: 8mm; margin-top: 16mm; break-inside: avoid {"}"} .sign div {"{"} flex: 1; border-top: .3mm solid #000; padding-top: 1mm {"}"}
        </style></head><body>{html}</body></html>
        """;

    // A string of CSS inside an element that ends at the first "</": anything but letters, digits and a few signs is written as its number.
    private static string InStyle(string text) =>
        $"\"{string.Concat(text.EnumerateRunes().Select(r => System.Text.Rune.IsLetterOrDigit(r) || r.Value is ' ' or '-' or '.' or ',' or ':' ? r.ToString() : $"\\{r.Value:x6} "))}\"";
}
