using Microsoft.AspNetCore.Http.HttpResults;

namespace ArchiveService.Http;

/// <summary>The only place where a refusal becomes an HTTP answer (RFC 9457).</summary>
public static class Problems
{
    public static ProblemHttpResult Refused(Refusal why) => TypedResults.Problem(
        title: why.Explanation,
        statusCode: why.Status,
        type: $"/problems/{why.Code}",
        extensions: (why.More ?? new Dictionary<string, object?>(StringComparer.Ordinal)).Append(new("code", why.Code)));

    /// <summary>A status that nobody has explained, such as routing's own, gets its code and sentence too.</summary>
    public static void Complete(ProblemDetailsContext context)
    {
        var problem = context.ProblemDetails;
        (string Code, string Title)? said = problem.Extensions.ContainsKey("code") ? null : problem.Status switch
        {
            StatusCodes.Status404NotFound => ("address-unknown", "Det finns inget på den här adressen. Adresserna står i /openapi/v1.json."),
            StatusCodes.Status405MethodNotAllowed => ("method-unknown", "Adressen finns, men inte med den metoden."),
            StatusCodes.Status413PayloadTooLarge => ("request-too-large", "Begäran är för stor. Dela upp den."),
            StatusCodes.Status414UriTooLong => ("address-too-long", "Adressen är för lång."),
            StatusCodes.Status431RequestHeaderFieldsTooLarge => ("headers-too-large", "Huvudfälten är för stora."),
            StatusCodes.Status408RequestTimeout => ("request-too-slow", "Begäran kom fram för långsamt. Skicka den igen."),
            StatusCodes.Status429TooManyRequests => ("too-many-requests", "Det har kommit för många begäranden på kort tid. Försök igen om en stund."),
            StatusCodes.Status415UnsupportedMediaType => ("media-type", "Skicka JSON, med Content-Type: application/json."),
            StatusCodes.Status500InternalServerError => ("unexpected", "Något gick fel hos oss. Läs hur det ser ut innan du försöker igen, och säg till om det händer en gång till."),
            _ => null,
        };
        if (said is not { } words) return;
        (problem.Title, problem.Type) = (words.Title, $"/problems/{words.Code}");
        problem.Extensions["code"] = words.Code;
    }

    public static IResult Answer(this Outcome outcome) => outcome switch
    {
        Outcome.Done done => TypedResults.Ok(new { done.LastSequence, done.Version }),
        Outcome.Refused refused => Refused(refused.Why),
        _ => throw new System.Diagnostics.UnreachableException($"{outcome}"),
    };
}

/// <summary>The version the caller decided on, from <c>If-Match: "&lt;version&gt;"</c>; absent means the current state.</summary>
public readonly record struct IfMatch(long? Version)
{
    public static ValueTask<IfMatch> BindAsync(HttpContext context) => ValueTask.FromResult(From(context.Request));

    public static IfMatch From(HttpRequest request) => new(Read(request.Headers.IfMatch.ToString().Trim()));

    /// <summary>Given but no version: refused by <see cref="Input"/>, never taken for absent. <c>*</c> is whatever stands there now.</summary>
    public static bool IsMalformed(HttpRequest request) =>
        request.Headers.IfMatch is { Count: > 0 } given && given.ToString().Trim() is not "*" and var value && Read(value) is null;

    private static long? Read(string value) =>
        long.TryParse(value is ['"', .. var inner, '"'] ? inner : value, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var version) ? version : null;
}
