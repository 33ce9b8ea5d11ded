using System.Text.Encodings.Web;
using System.Text.Unicode;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.WebEncoders;

namespace ArchiveService.Features;

/// <summary>The web pages: Razor Pages that stand in the slices they show.</summary>
public static class Pages
{
    public static IMvcBuilder AddPages(this IServiceCollection services) => services
        .Configure<WebEncoderOptions>(options => options.TextEncoderSettings = new TextEncoderSettings(UnicodeRanges.All))
        .AddRazorPages()
        .WithRazorPagesRoot("/Features")
        .AddViewOptions(options => options.HtmlHelperOptions.ClientValidationEnabled = false)
        .AddMvcOptions(SpeakSwedish);

    public static void MapPages(this IEndpointRouteBuilder routes) => routes.MapRazorPages();

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
