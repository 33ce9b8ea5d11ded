using ArchiveService.Access;
using ArchiveService.Attachments;
using ArchiveService.Features.Records;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace ArchiveService.Http;

/// <summary>A file of a form, while it streams; the next one is read only when this one has been.</summary>
public sealed record UploadedFile(string Field, string Name, Stream Content);

/// <summary>A multipart form read as it comes in: the fields first, then the files, none of which ever stands in the clear on a disk on its way to the store.</summary>
public sealed class UploadForm
{
    private const int MostFields = 200;

    private const int LongestField = 20_000;

    private readonly MultipartReader reader;

    private readonly Dictionary<string, List<string>> fields = new(StringComparer.OrdinalIgnoreCase);

    private readonly List<string> fileNames = [];

    private int count;

    private UploadForm(MultipartReader reader) => this.reader = reader;

    public string? this[string field] => fields.TryGetValue(field, out var values) && values[^1].Trim() is { Length: > 0 } value ? value : null;

    public IReadOnlyList<string> All(string field) => fields.TryGetValue(field, out var values) ? values : [];

    public bool Ticked(string field) => All(field).Any(value => value is "true" or "on");

    /// <summary>Null: the request is no multipart form.</summary>
    public static UploadForm? Of(HttpContext http, long most)
    {
        // The form around the files has its own few bytes; each file is measured while it streams.
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = most;
        var form = Of(http.Request.ContentType, http.Request.Body);
        // A page that comes back shows what was typed (RefilledForms), which nothing can read a second time.
        http.Items[typeof(UploadForm)] = form;
        return form;
    }

    /// <summary>What was typed, as far as the form has been read.</summary>
    public IReadOnlyList<(string Name, string Value)> Texts => [.. fields.SelectMany(f => f.Value, (f, value) => (f.Key, value))];

    public IReadOnlyList<string> FileNames => fileNames;

    public static UploadForm? Of(string? contentType, Stream body) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type) && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
        && HeaderUtilities.RemoveQuotes(type.Boundary) is { Length: > 0 } boundary
            ? new(new(boundary.ToString(), body))
            : null;

    /// <summary>Reads fields until the next file, or the end (null).</summary>
    /// <exception cref="UnusableForm">A field or a file name that cannot be used.</exception>
    public async Task<UploadedFile?> Next(CancellationToken ct)
    {
        while (await reader.ReadNextSectionAsync(ct) is { } section)
        {
            if (section.GetContentDispositionHeader() is not { } disposition) continue;
            if (++count > MostFields) throw new UnusableForm(Refusal.Input("input-unreadable", "Formuläret har för många fält."));
            var field = HeaderUtilities.RemoveQuotes(disposition.Name).Value ?? "";
            if (!disposition.IsFileDisposition())
            {
                await Keep(field, section.Body, ct);
                continue;
            }

            var name = (disposition.FileNameStar.Value ?? disposition.FileName.Value ?? "").Trim('"');
            // A file field left empty is sent with an empty name.
            if (name.Length == 0) continue;
            if (name.Length > 255 || name.AsSpan().ContainsAny("/\\\0") || name is "." or ".." || name.Any(char.IsControl) || !StorableText.Is(name))
                throw new UnusableForm(Refusal.Input("attachment-file-name", "Filnamnet är för långt eller innehåller en sökväg."));
            fileNames.Add(name);
            return new(field, name, section.Body);
        }

        return null;
    }

    /// <summary>What went wrong on the way, said; null for what is nobody's doing.</summary>
    public static Refusal? Refused(Exception error, AttachmentLimit limit) => error switch
    {
        UnusableForm unusable => unusable.Why,
        ObjectStoreUnavailable => new("attachment-store-unavailable", "Bilagelagret kan inte nås just nu. Inget har sparats. Försök igen om en stund.", StatusCodes.Status503ServiceUnavailable),
        AttachmentTooLarge or BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => new(
            "attachment-too-large", $"En fil är större än {limit.Said}, som är det mesta som tas emot. Inget har sparats.", StatusCodes.Status413PayloadTooLarge,
            new Dictionary<string, object?>(StringComparer.Ordinal) { ["limit"] = limit.Bytes }),
        InvalidDataException or IOException => Refusal.Input("multipart-broken", "Formuläret kom inte fram helt. Skicka det igen."),
        _ => null,
    };

    private async Task Keep(string field, Stream body, CancellationToken ct)
    {
        using var text = new StreamReader(body);
        var buffer = new char[LongestField + 1];
        var length = await text.ReadBlockAsync(buffer, ct);
        var value = new string(buffer, 0, length);
        if (length > LongestField) throw new UnusableForm(Refusal.Input("input-unreadable", "Ett fält i formuläret är för långt."));
        if (!StorableText.Is(value) || !StorableText.Is(field)) throw new UnusableForm(StorableText.Refuse(field.Length > 100 ? field[..100] : field));
        if (fields.TryGetValue(field, out var values)) values.Add(value);
        else fields[field] = [value];
    }
}

public sealed class UnusableForm(Refusal why) : Exception(why.Explanation)
{
    public Refusal Why { get; } = why;
}

/// <summary>
/// A page whose form is read as it streams: nothing binds it, and the form token, which then is a field of it, is checked by <see cref="HasToken"/>
/// before anything is done.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class StreamedFormAttribute : Attribute, IResourceFilter
{
    private const string Field = "__RequestVerificationToken";

    private const string Header = "RequestVerificationToken";

    public void OnResourceExecuting(ResourceExecutingContext context)
    {
        context.ValueProviderFactories.RemoveType<FormValueProviderFactory>();
        context.ValueProviderFactories.RemoveType<FormFileValueProviderFactory>();
        context.ValueProviderFactories.RemoveType<JQueryFormValueProviderFactory>();
    }

    public void OnResourceExecuted(ResourceExecutedContext context)
    {
    }

    /// <summary>Whether the form read so far carries the token of this session (or the header does).</summary>
    public static Task<bool> HasToken(HttpContext http, UploadForm form)
    {
        if (form[Field] is { } token) http.Request.Headers[Header] = token;
        // Without the header the check would read the form, which has been read already.
        return http.Request.Headers.ContainsKey(Header) && http.RequestServices.GetRequiredService<IAntiforgery>() is var tokens ? tokens.IsRequestValidAsync(http) : Task.FromResult(false);
    }
}
