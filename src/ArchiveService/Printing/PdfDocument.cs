namespace ArchiveService.Printing;

/// <summary>What becomes a PDF: one whole page of HTML that needs nothing else.</summary>
/// <param name="Html">Complete, with its style inline and its images and fonts as data URIs; it must have a <c>&lt;head&gt;</c>. Nothing outside it is ever fetched and no script in it runs.
/// <c>&lt;span data-page-of="x"&gt;&lt;/span&gt;</c> becomes the number of the page where the element with the id x stands, if a link leads there (<c>&lt;a href="#x"&gt;</c>).</param>
/// <param name="Title">Shown by readers instead of the file's name.</param>
/// <param name="Created">When the content was read.</param>
/// <param name="Language">Of the text as a whole; parts in other languages carry their own <c>lang</c>.</param>
/// <param name="Author">The authority.</param>
public sealed record PdfDocument(string Html, string Title, DateTimeOffset Created, string Language = "sv", string? Author = null);

/// <param name="Bytes">Declares PDF/A-2a.</param>
/// <param name="Pages">How many there are.</param>
/// <param name="PageOf">The page of every element a link leads to, by its id, from 1.</param>
public sealed record PrintedPdf(byte[] Bytes, int Pages, IReadOnlyDictionary<string, int> PageOf);

/// <summary>No PDF can be made, here or now; what it says is for people.</summary>
public sealed class PdfUnavailable(Http.Refusal why, string detail) : Exception(detail)
{
    public Http.Refusal Why { get; } = why;
}
