using ArchiveService.Http;

namespace ArchiveService.Access.Oidc;

public static class OidcRoutes
{
    public static IServiceCollection AddOidc(this IServiceCollection services, OidcOptions? options) => options is null
        ? services
        : services.AddSingleton(options).AddSingleton<OidcProvider>().AddSingleton<OidcTokens>().AddSingleton<OidcPersons>().AddSingleton<OidcLogIn>();

    /// <summary>The provider itself calls, without a cookie: what it sends is signed.</summary>
    public static void MapOidc(this IEndpointRouteBuilder routes) => routes
        .MapPost(OidcOptions.LogOutPath, async (HttpContext http, CancellationToken ct) =>
        {
            if (http.RequestServices.GetService<OidcLogIn>() is not { } logIn) return Problems.Refused(Refusal.Unknown("oidc", "Tjänsten har ingen inloggning hos en organisation."));
            if (!http.Request.HasFormContentType || http.Request.ContentLength is null or > 100_000) return Problems.Refused(OidcRefusals.NoLogOut);
            var form = await http.Request.ReadFormAsync(new() { ValueLengthLimit = 100_000, ValueCountLimit = 10 }, ct);
            return await logIn.EndedThere(form["logout_token"].ToString(), ct) is { } refused
                ? Problems.Refused(refused.Status < 500 ? refused with { Status = StatusCodes.Status400BadRequest } : refused)
                : (IResult)TypedResults.Ok();
        })
        .WithName("oidc-logout").AllowAnonymous().DisableAntiforgery();
}
