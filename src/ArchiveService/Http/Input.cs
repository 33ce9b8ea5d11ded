using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using ArchiveService.Access;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Http;

/// <summary>What cannot be used is refused here before an endpoint sees it, and what an endpoint's binding cannot read becomes a problem with a code.</summary>
public sealed partial class Input(RequestDelegate next)
{
    [GeneratedRegex("parameter \"([^\" ]+ )?(?<name>[^\"]+)\"", RegexOptions.ExplicitCapture)]
    private static partial Regex Parameter { get; }

    public async Task InvokeAsync(HttpContext http)
    {
        if (await Refuse(http) is { } why)
        {
            await Answer(http, why);
            return;
        }

        try
        {
            await next(http);
        }
        catch (BadHttpRequestException error) when (!http.Response.HasStarted)
        {
            await Answer(http, Said(error, http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize));
        }
    }

    private static async Task<Refusal?> Refuse(HttpContext http)
    {
        // The page of a status code is made of the same request, which has been refused already.
        if (http.Features.Get<IStatusCodeReExecuteFeature>() is not null) return null;
        var request = http.Request;
        foreach (var (name, values) in request.Query)
        {
            if (!Storable(name, values)) return StorableText.Refuse(Shown(name));
        }

        if (!FormTokens.IsCommand(request.Method)) return null;
        if (request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase) && IfMatch.IsMalformed(request))
            return BadParameter("If-Match", "If-Match ska vara versionen inom citattecken, som \"5\", så som den lästes. Svaga och listade värden kan inte jämföras.");
        if (http.GetEndpoint() is null || request.ContentType is null
            || !MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || type.MediaType != "application/x-www-form-urlencoded") return null;
        try
        {
            foreach (var (name, values) in await request.ReadFormAsync(http.RequestAborted))
            {
                if (!Storable(name, values)) return StorableText.Refuse(Shown(name));
            }
        }
        catch (InvalidDataException)
        {
            var most = http.RequestServices.GetRequiredService<Limits>().FormFields;
            return new("form-too-large", $"Formuläret går inte att läsa: det får ha högst {most} fält, och ett fält högst {Limits.FormFieldLength} tecken.", StatusCodes.Status400BadRequest,
                new Dictionary<string, object?>(StringComparer.Ordinal) { ["limit"] = most, ["fieldLimit"] = Limits.FormFieldLength });
        }

        return null;
    }

    /// <summary>A value in the address or a header that cannot be used; the problem names it.</summary>
    public static Refusal BadParameter(string parameter, string explanation) =>
        new("bad-parameter", explanation, StatusCodes.Status400BadRequest, new Dictionary<string, object?>(StringComparer.Ordinal) { ["parameter"] = parameter });

    private static Refusal Said(BadHttpRequestException error, long? most) => (error.StatusCode, error.InnerException) switch
    {
        (StatusCodes.Status413PayloadTooLarge, _) => most is { } limit ? RequestShape.CommandTooLarge(limit) : new("request-too-large", "Begäran är för stor. Dela upp den.", error.StatusCode),
        (StatusCodes.Status408RequestTimeout, _) => new("request-too-slow", "Begäran kom fram för långsamt. Skicka den igen.", error.StatusCode),
        (_, TooManyElements list) => RequestShape.TooLarge("list-too-long", $"Listan {Shown(list.Field)} är för lång: den får ha högst {Limits.ListElements} delar.", Limits.ListElements, StatusCodes.Status400BadRequest),
        (_, JsonException deep) when TooDeep(deep) => RequestShape.TooLarge("json-too-deep", $"Begäran är för djup: högst {Limits.JsonDepth} nivåer.", Limits.JsonDepth, StatusCodes.Status400BadRequest),
        (StatusCodes.Status415UnsupportedMediaType, _) => new("media-type", "Skicka JSON, med Content-Type: application/json.", error.StatusCode),
        (_, UnstorableText unstorable) => StorableText.Refuse(Place(unstorable)),
        (_, JsonException broken) => new(
            "input-unreadable", Place(broken) is { Length: > 0 } field ? $"Fältet {field} går inte att läsa: fel slag av värde, eller samma fält två gånger." : "Begäran är ingen JSON som går att läsa.",
            StatusCodes.Status400BadRequest, new Dictionary<string, object?>(StringComparer.Ordinal) { ["field"] = Place(broken) }),
        _ when Parameter.Match(error.Message) is { Success: true } found && found.Groups["name"].Value is var name && name != "command" =>
            BadParameter(name, $"Värdet {name} saknas eller går inte att läsa."),
        _ => new("input-unreadable", "Begäran går inte att läsa. Skicka ett JSON-objekt med kommandots fält.", error.StatusCode),
    };

    private static bool TooDeep(JsonException error) => (error.InnerException ?? error).Message.Contains($"depth of {Limits.JsonDepth}", StringComparison.Ordinal);

    private static string Place(JsonException error) => Shown((error.Path ?? "").TrimStart('$').TrimStart('.'));

    // A field's own name may hold what cannot be stored, or be endless.
    private static string Shown(string name) => new([.. name.Take(100).Select(letter => char.IsControl(letter) || char.IsSurrogate(letter) ? '?' : letter)]);

    private static bool Storable(string name, IEnumerable<string?> values) => StorableText.Is(name) && values.All(value => value is null || StorableText.Is(value));

    /// <summary>Programs get a problem; a page gets the page of the status code.</summary>
    private static Task Answer(HttpContext http, Refusal why)
    {
        http.Response.StatusCode = why.Status;
        return http.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase) || http.GetEndpoint()?.Metadata.GetMetadata<PageActionDescriptor>() is null
            ? Problems.Refused(why).ExecuteAsync(http)
            : Task.CompletedTask;
    }
}
