using ArchiveService.Access;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Core.Infrastructure;
using Microsoft.AspNetCore.Mvc.Filters;

namespace ArchiveService.Features.FormDrafts;

/// <summary>A form whose token has ended (a page from before the last log-in) is not carried out; what was typed comes back on its page.</summary>
public sealed class EndedTokens(KeptForms kept) : IAsyncAlwaysRunResultFilter
{
    public async Task OnResultExecutionAsync(ResultExecutingContext context, ResultExecutionDelegate next)
    {
        // Of somebody else who used the browser before: kept for them, and not shown to whoever is logged in now.
        if (context.Result is IAntiforgeryValidationFailedResult && await kept.Keep(context.HttpContext, context.HttpContext.RequestAborted) is { } form
            && context.HttpContext.CallerOrNull()?.PersonId == form.Person)
            context.Result = new LocalRedirectResult(form.Address);
        await next();
    }
}
