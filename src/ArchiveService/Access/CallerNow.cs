namespace ArchiveService.Access;

/// <summary>For an answer that goes on for long, such as progress as it comes: who asks, read anew. What was so when it began may have been taken away since.</summary>
public static class StandingCaller
{
    private const string Bearer = "Bearer ";

    /// <returns>Null when the session or the token is gone, or the person closed: the answer has to end.</returns>
    public static async Task<Caller?> CallerNow(this HttpContext http, CancellationToken ct)
    {
        var principals = http.RequestServices.GetRequiredService<Principals>();
        var principal = http.Items[Sessions.Claim] is string secret ? await principals.OfSession(Secrets.HashOf(secret), http.RequestServices.GetService<Oidc.OidcOptions>() is not null, ct)
            : http.Request.Headers.Authorization.ToString() is { } header && header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? await principals.OfToken(Secrets.HashOf(header[Bearer.Length..].Trim()), ct)
            : null;
        return principal is not null && Caller.From(principal) is { } caller ? caller with { ReadReason = ReadPurpose.Of(http, caller.PersonId) } : null;
    }
}
