using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Http;

/// <summary>An address, headers or a command larger than anybody needs is refused before anything is read of it; the problem names the limit.</summary>
public sealed class RequestShape(RequestDelegate next, Limits limits)
{
    public Task InvokeAsync(HttpContext http)
    {
        if (http.Features.Get<IStatusCodeReExecuteFeature>() is not null || Refused(http) is not { } why) return next(http);
        http.Response.StatusCode = why.Status;
        return http.GetEndpoint()?.Metadata.GetMetadata<PageActionDescriptor>() is null ? Problems.Refused(why).ExecuteAsync(http) : Task.CompletedTask;
    }

    private Refusal? Refused(HttpContext http)
    {
        var request = http.Request;
        if (request.QueryString.Value is { } query && query.Length > limits.QueryLength)
            return TooLarge("address-too-long", $"Adressen är för lång: frågan får vara högst {limits.QueryLength} tecken.", limits.QueryLength, StatusCodes.Status414UriTooLong);
        long bytes = 0;
        foreach (var (name, values) in request.Headers)
        {
            foreach (var value in values) bytes += name.Length + (value?.Length ?? 0);
        }

        if (bytes > limits.HeaderBytes)
            return TooLarge("headers-too-large", $"Huvudfälten är för stora: tillsammans får de vara högst {limits.HeaderBytes} byte.", limits.HeaderBytes, StatusCodes.Status431RequestHeaderFieldsTooLarge);
        if (http.GetEndpoint()?.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType is { } command && command.Assembly == typeof(RequestShape).Assembly && request.HasJsonContentType())
        {
            if (request.ContentLength > limits.CommandBytes) return CommandTooLarge(limits.CommandBytes);
            if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = limits.CommandBytes;
        }

        return null;
    }

    public static Refusal CommandTooLarge(long limit) =>
        TooLarge("request-too-large", $"Begäran är för stor: den får vara högst {limit} byte. Dela upp den.", limit, StatusCodes.Status413PayloadTooLarge);

    public static Refusal TooLarge(string code, string explanation, long limit, int status) =>
        new(code, explanation, status, new Dictionary<string, object?>(StringComparer.Ordinal) { ["limit"] = limit });

    /// <summary>A list in a command may hold so many elements and no more.</summary>
    public static void LimitLists(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object || type.Type.Assembly != typeof(RequestShape).Assembly || type.OnDeserialized is not null) return;
        var lists = type.Properties.Where(p => p.Get is not null && p.PropertyType != typeof(string) && typeof(System.Collections.IEnumerable).IsAssignableFrom(p.PropertyType)).ToList();
        if (lists.Count == 0) return;
        type.OnDeserialized = read =>
        {
            foreach (var list in lists)
            {
                if (list.Get!(read) is System.Collections.ICollection { Count: > Limits.ListElements }) throw new TooManyElements(list.Name);
            }
        };
    }
}

/// <summary>A list of a command is longer than anybody needs.</summary>
public sealed class TooManyElements(string field) : JsonException($"{field} has too many elements.")
{
    public string Field { get; } = field;
}
