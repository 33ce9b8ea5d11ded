using System.Net;
using System.Text;

namespace ArchiveService.Printing;

/// <summary>A list or a description on paper: one whole page of HTML with its own style, for a PDF or to be kept as a file.</summary>
public sealed class PlainPaper(string title, string? below = null)
{
    private const string Style = """
        @page { size: A4; margin: 18mm 15mm 18mm 20mm; @bottom-right { content: "Sida " counter(page) " av " counter(pages); font: 8pt Arial, sans-serif; } }
        body { font: 10pt/1.4 Arial, "Liberation Sans", sans-serif; color: #000; max-width: 60rem; margin: 0 auto; padding: 1rem; }
        @media print { body { padding: 0; } }
        h1 { font-size: 18pt; margin: 0 0 2mm; } h2 { font-size: 13pt; margin: 7mm 0 2mm; break-after: avoid; } p { margin: 0 0 2mm; white-space: pre-line; }
        table { border-collapse: collapse; width: 100%; margin: 0 0 3mm; } caption { text-align: left; font-weight: bold; padding: 1mm 0; }
        th, td { text-align: left; vertical-align: top; padding: 1.2mm 2mm 1.2mm 0; border-bottom: .5pt solid #999; overflow-wrap: anywhere; } thead { display: table-header-group; } tr { break-inside: avoid; }
        """;

    private readonly StringBuilder body = new();

    public PlainPaper Heading(string text)
    {
        body.Append("<h2>").Append(Text(text)).Append("</h2>\n");
        return this;
    }

    public PlainPaper Paragraph(string text)
    {
        body.Append("<p>").Append(Text(text)).Append("</p>\n");
        return this;
    }

    public PlainPaper Link(string text, string href)
    {
        body.Append("<p><a href=\"").Append(Text(href)).Append("\">").Append(Text(text)).Append("</a></p>\n");
        return this;
    }

    public PlainPaper Table(string caption, IReadOnlyList<string> header, IEnumerable<IEnumerable<string?>> rows)
    {
        body.Append("<table><caption>").Append(Text(caption)).Append("</caption><thead><tr>");
        foreach (var cell in header) body.Append("<th scope=\"col\">").Append(Text(cell)).Append("</th>");
        body.Append("</tr></thead><tbody>\n");
        foreach (var row in rows)
        {
            body.Append("<tr>");
            foreach (var cell in row) body.Append("<td>").Append(Text(cell ?? "")).Append("</td>");
            body.Append("</tr>\n");
        }

        body.Append("</tbody></table>\n");
        return this;
    }

    public string Html => $"""
        <!DOCTYPE html>
        <html lang="sv"><head><meta charset="utf-8"><title>{Text(title)}</title><style>{Style}</style></head>
        <body><main><h1>{Text(title)}</h1>{(below is null ? "" : $"<p>{Text(below)}</p>")}
        {body}</main></body></html>
        """;

    public PdfDocument Pdf(DateTimeOffset created, string? author = null) => new(Html, title, created, Author: author);

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
