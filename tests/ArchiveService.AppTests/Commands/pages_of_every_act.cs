using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace ArchiveService.AppTests.Commands;

/// <summary>What a program can do with a request for documents or with a person's rights, a person can do on a page, and the other way round.</summary>
[Collection(nameof(CommandArchive))]
public sealed partial class Pages_of_every_act(CommandArchive archive)
{
    /// <summary>Command routes by their names, and where their form is.</summary>
    private static readonly Dictionary<string, string> Forms = new(StringComparer.Ordinal)
    {
        ["receive-disclosure-request"] = "Disclosures.NewRequestModel.OnPost",
        ["find-disclosure-items"] = "Disclosures.FindModel.OnPostAdd, Disclosures.FindModel.OnPostCase",
        ["drop-disclosure-item"] = "Disclosures.ItemModel.OnPostDrop",
        ["take-disclosure-step"] = "Disclosures.ItemModel.OnPostStep",
        ["give-second-opinion"] = "Disclosures.ItemModel.OnPostOpinion",
        ["set-disclosure-masks"] = "Disclosures.MaskModel.OnPostSave",
        ["replace-disclosure-file"] = "Disclosures.CopiesModel.OnPostReplace",
        ["withdraw-disclosure-file-copy"] = "Disclosures.CopiesModel.OnPostWithdraw",
        ["decide-disclosure-item"] = "Disclosures.ItemModel.OnPostDecide",
        ["deliver-disclosure"] = "Disclosures.DeliverModel.OnPostGive",
        ["decline-disclosure"] = "Disclosures.RefuseModel.OnPostDecline",
        ["demand-disclosure-decision"] = "Disclosures.RefuseModel.OnPostDemand",
        ["refuse-disclosure"] = "Disclosures.RefuseModel.OnPostDecision",
        ["serve-disclosure-decision"] = "Disclosures.RefuseModel.OnPostServed",
        ["withdraw-disclosure"] = "Disclosures.RequestModel.OnPostWithdraw",
        ["answer-nothing-found"] = "Disclosures.FindModel.OnPostNothing",
        ["close-disclosure"] = "Disclosures.RequestModel.OnPostClose",
        ["pause-disclosure-clock"] = "Disclosures.RequestModel.OnPostPause",
        ["resume-disclosure-clock"] = "Disclosures.RequestModel.OnPostResume",
        ["appeal-disclosure"] = "Disclosures.RefuseModel.OnPostAppeal",
        ["settle-disclosure-appeal"] = "Disclosures.RefuseModel.OnPostSettle",
        ["register-disclosure"] = "Disclosures.RequestModel.OnPostRegister",
        ["receive-data-subject-request"] = "DataSubjects.NewRequestModel.OnPost",
        ["ask-data-subject-identity"] = "DataSubjects.RequestModel.OnPostAsk",
        ["identify-data-subject"] = "DataSubjects.RequestModel.OnPostIdentify",
        ["link-data-subject"] = "DataSubjects.RequestModel.OnPostLink, DataSubjects.RequestModel.OnPostLinkCase",
        ["unlink-data-subject"] = "DataSubjects.RequestModel.OnPostUnlink",
        ["extend-data-subject-time"] = "DataSubjects.RequestModel.OnPostExtend",
        ["examine-data-subject-record"] = "DataSubjects.ExtractPageModel.OnPostExamine",
        ["examine-data-subject-passages"] = "DataSubjects.ExtractPageModel.OnPostPassages",
        ["note-data-subject-supplement"] = "DataSubjects.RequestModel.OnPostSupplement",
        ["open-data-subject-case"] = "DataSubjects.RequestModel.OnPostCase",
        ["produce-extract"] = "DataSubjects.ExtractPageModel.OnPostProduce",
        ["hand-out-extract"] = "DataSubjects.RequestModel.OnPostHandOut",
        ["answer-data-subject"] = "DataSubjects.RequestModel.OnPostAnswer",
        ["withdraw-data-subject-request"] = "DataSubjects.RequestModel.OnPostWithdraw",
        ["close-data-subject-request"] = "DataSubjects.RequestModel.OnPostClose",
    };

    /// <summary>Forms that write nothing, with the reason.</summary>
    private static readonly Dictionary<string, string> OfThePageAlone = new(StringComparer.Ordinal)
    {
        ["Disclosures.FindModel.OnPostCoverage"] = "shows what GET …/coverage answers, before it is given as an answer",
        ["Disclosures.DeliverModel.OnPostCount"] = "counts the fee that the tariff gives; the sum is sent with the delivery",
        ["Disclosures.MaskModel.OnPostPreview"] = "shows the copy as it would be, before the masks are saved",
    };

    [GeneratedRegex("""handler="([A-Za-z]+)"|\?handler=([A-Za-z]+)|With\("handler", "([A-Za-z]+)"\)""")]
    private static partial Regex Handler { get; }

    [Fact]
    [Trait("Requirement", "R-10")]
    public void has_a_form_for_every_command_and_a_command_for_every_form()
    {
        var commands = archive.Served.Services.GetRequiredService<IEnumerable<EndpointDataSource>>().SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()
            .Where(e => e.RoutePattern.RawText is { } path && (path.StartsWith("/api/v1/disclosures", StringComparison.Ordinal) || path.StartsWith("/api/v1/data-subject-requests", StringComparison.Ordinal)))
            .Where(e => e.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Any(m => m is not ("GET" or "HEAD")) == true)
            .Select(e => e.Metadata.GetMetadata<IEndpointNameMetadata>()!.EndpointName).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(Forms.Keys.Order(StringComparer.Ordinal), commands);

        var handlers = typeof(Features.Disclosures.Requests).Assembly.GetTypes()
            .Where(t => typeof(PageModel).IsAssignableFrom(t) && !t.IsAbstract && t.Namespace is "ArchiveService.Features.Disclosures" or "ArchiveService.Features.DataSubjects")
            .SelectMany(t => t.GetMethods().Where(m => m.Name.StartsWith("OnPost", StringComparison.Ordinal)).Select(m => $"{t.Namespace!.Split('.')[^1]}.{t.Name}.{m.Name}")).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(Forms.Values.SelectMany(v => v.Split(", ")).Concat(OfThePageAlone.Keys).Order(StringComparer.Ordinal), handlers);

        // A handler that no form of the slice names is reached by nobody.
        foreach (var slice in new[] { "Disclosures", "DataSubjects" })
        {
            var written = string.Concat(Directory.EnumerateFiles(Path.Combine(Source(), slice), "*.cshtml").Select(File.ReadAllText));
            var named = Handler.Matches(written).Select(m => m.Groups[1].Value + m.Groups[2].Value + m.Groups[3].Value).ToHashSet(StringComparer.Ordinal);
            Assert.DoesNotContain(handlers, h => h.StartsWith(slice, StringComparison.Ordinal) && !h.EndsWith(".OnPost", StringComparison.Ordinal) && !named.Contains(h[(h.IndexOf("OnPost", StringComparison.Ordinal) + 6)..]));
        }
    }

    private static string Source([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "src", "ArchiveService", "Features");
}
