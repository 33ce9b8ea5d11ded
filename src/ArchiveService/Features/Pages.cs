using System.Text.Encodings.Web;
using System.Text.Unicode;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.WebEncoders;

namespace ArchiveService.Features;

/// <summary>The web pages: Razor Pages that stand in the slices they show.</summary>
public static class Pages
{
    // Everything comes from this server; no inline script or style, no frames, no plug-ins.
    private const string SecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    public static IMvcBuilder AddPages(this IServiceCollection services) => services
        .Configure<WebEncoderOptions>(options => options.TextEncoderSettings = new TextEncoderSettings(UnicodeRanges.All))
        .AddRazorPages()
        .WithRazorPagesRoot("/Features")
        .AddViewOptions(options => options.HtmlHelperOptions.ClientValidationEnabled = false)
        .AddMvcOptions(SpeakSwedish)
        .AddMvcOptions(options => options.Filters.Add<FormDrafts.EndedTokens>());

    /// <summary>
    /// Headers of every answer, and Swedish error pages for those who asked for a page; programs get problems instead.
    /// Routing comes last here, so that an error page is routed anew: authentication and authorization are used after this.
    /// </summary>
    public static void UsePages(this IApplicationBuilder app)
    {
        app.Use((context, next) =>
        {
            var headers = context.Response.Headers;
            headers.ContentSecurityPolicy = SecurityPolicy;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "same-origin";
            return next(context);
        });
        app.UseWhen(AsksForPage, pages =>
        {
            pages.UseExceptionHandler("/fel/500");
            pages.UseStatusCodePagesWithReExecute("/fel/{0}");
        });
        app.UseRouting();
    }

    public static void MapPages(this IEndpointRouteBuilder routes) => routes.MapRazorPages();

    private static bool AsksForPage(HttpContext context) =>
        context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
        && !context.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase);

    private static void SpeakSwedish(MvcOptions options)
    {
        // A missing field is the validator's business, which knows what to call it.
        options.SuppressImplicitRequiredAttributeForNonNullableReferenceTypes = true;
        var say = options.ModelBindingMessageProvider;
        say.SetAttemptedValueIsInvalidAccessor((value, _) => $"”{value}” går inte att läsa här.");
        say.SetNonPropertyAttemptedValueIsInvalidAccessor(value => $"”{value}” går inte att läsa här.");
        say.SetUnknownValueIsInvalidAccessor(_ => "Värdet går inte att läsa här.");
        say.SetNonPropertyUnknownValueIsInvalidAccessor(() => "Värdet går inte att läsa här.");
        say.SetValueIsInvalidAccessor(value => $"”{value}” går inte att läsa här.");
        say.SetValueMustNotBeNullAccessor(_ => "Fyll i det här fältet.");
        say.SetMissingBindRequiredValueAccessor(_ => "Fyll i det här fältet.");
        say.SetMissingKeyOrValueAccessor(() => "Fyll i det här fältet.");
        say.SetMissingRequestBodyRequiredValueAccessor(() => "Innehållet saknas.");
        say.SetValueMustBeANumberAccessor(_ => "Skriv ett tal med siffror.");
        say.SetNonPropertyValueMustBeANumberAccessor(() => "Skriv ett tal med siffror.");
    }
}
